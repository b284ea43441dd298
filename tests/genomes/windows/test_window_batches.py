"""Windows are numbered over all contigs, cut into batches, and encoded as each alone."""

import numpy as np
import pytest
from helpers.data import PROPERTY, make_encoding
from helpers.models import SITES
from helpers.scans import make_contig, make_scanned_view, plan_batches
from hypothesis import given
from hypothesis import strategies as st

from coalflow.genomes.windows import window_batches
from coalflow.genomes.windows.laid_windows import lay_windows
from coalflow.genomes.windows.window_batches import encode_batch
from coalflow.windows.encoding import encode_contig

BASES = make_encoding(sites=SITES, pad=True, length=1000, order="similarity")
UNPADDED = make_encoding(sites=SITES, order="similarity")


def name_windows(pieces):
    return [(contig.name, int(start)) for contig, windows in pieces for start in windows.start]


@PROPERTY
@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.integers(1, 40), st.integers(1, 9))
def test_every_window_is_in_one_batch(sites, size, parts):
    contigs = [make_contig(str(index), number, index) for index, number in enumerate(sites)]
    batches = plan_batches(contigs, 300, BASES, size)
    every = [
        (contig.name, int(start))
        for contig in contigs
        for start in lay_windows(contig, BASES, batches.options).start
    ]
    assert batches.windows == len(every)
    laid = [batches.lay(batch) for batch in range(len(batches))]
    assert all(name_windows(pieces) for pieces in laid)
    assert sum(map(name_windows, laid), []) == every
    assert {len(name_windows(pieces)) for pieces in laid[:-1]} <= {size}
    shares = [list(batches.split(part, parts)) for part in range(parts)]
    assert sum(shares, []) == list(range(len(batches)))
    assert np.ptp([len(share) for share in shares]) <= 1


@pytest.mark.parametrize("encoding", [BASES, UNPADDED], ids=["bases", "sites"])
@pytest.mark.parametrize("at_once", [1, 200, 10**6])
def test_windows_are_encoded_as_those_of_each_contig_alone(encoding, at_once, monkeypatch):
    """However many sites are read at a time, and of however many contigs."""
    monkeypatch.setattr(window_batches, "ALLELES_AT_ONCE", at_once)
    contigs = [make_contig(str(seed), sites, seed) for seed, sites in enumerate([50, 0, 3, 9, 40])]
    view = make_scanned_view(**encoding.model_dump())
    batches = plan_batches(contigs, 3 if encoding is UNPADDED else 300, encoding)
    (pieces,) = [batches.lay(batch) for batch in range(len(batches))]
    batch = encode_batch(pieces, view)
    expected = []
    for contig in contigs:
        laid = lay_windows(contig, encoding, batches.options)
        kept = laid[laid.count >= (1 if encoding.pad else SITES)]
        whole = contig.read_sites(0, contig.sites)
        if len(kept):
            expected.append(encode_contig(whole, kept, encoding, view.observation))
    assert len(batch.encoded) == sum(map(len, expected)) == np.count_nonzero(batch.predictable)
    assert len(batch.sites) == batches.windows
    for found, *each in zip(
        batch.encoded.arrays, *(windows.arrays for windows in expected), strict=True
    ):
        np.testing.assert_array_equal(found, np.concatenate(each))


def test_sites_are_read_some_at_a_time(monkeypatch):
    contig = make_contig("1", 400)
    monkeypatch.setattr(window_batches, "ALLELES_AT_ONCE", 50 * contig.haplotypes.shape[1])
    batches = plan_batches([contig], SITES, UNPADDED)
    encode_batch(batches.lay(0), make_scanned_view())
    assert sum(contig.read) == 400
    assert len(contig.read) > 5 and max(contig.read) <= 50


def test_windows_with_few_sites_are_not_encoded():
    contigs = [make_contig("1", SITES - 1), make_contig("2", 0)]
    batch = encode_batch(plan_batches(contigs, 1, UNPADDED).lay(0), make_scanned_view())
    assert batch.encoded is None
    assert batch.sites.tolist() == [SITES - 1, 0]
    assert batch.predictable.tolist() == [False, False]
