"""Accessibility masks: what BED files say, and what is refused."""

import gzip
import os

import numpy as np
import pytest
import scipy.stats
from helpers.cases import CASES
from helpers.data import PROPERTY
from hypothesis import given
from hypothesis import strategies as st

from coalflow.core.errors import CoalflowError
from coalflow.windows import masks


def mask_of(folder, text, name="mask.bed"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return masks.read_mask(str(path))


@PROPERTY
@given(
    st.lists(
        st.tuples(st.sampled_from(["1", "2"]), st.integers(0, 40), st.integers(1, 10)), min_size=1
    )
)
def test_stretches_in_any_order_cover_what_they_say(tmp_path_factory, drawn):
    lines = [f"{contig}\t{start}\t{start + length}" for contig, start, length in drawn]
    mask = mask_of(tmp_path_factory.mktemp("mask"), "\n".join(lines))
    for contig in "12":
        expected = np.zeros(60, bool)
        for of, start, length in drawn:
            if of == contig:
                expected[start : start + length] = True
        np.testing.assert_array_equal(mask.covers(contig, np.arange(60)), expected)
        assert mask.covered_share(contig, 5, 45) == pytest.approx(expected[5:45].mean())
        starts = np.arange(50)
        shares = [expected[start : start + 7].mean() for start in starts]
        np.testing.assert_allclose(mask.covered_shares(contig, starts, starts + 7), shares)
        assert (np.diff(mask.edges.get(contig, [0, 1])) > 0).all()


def test_comments_names_spaces_and_compression_do_not_matter(tmp_path):
    plain = mask_of(tmp_path, "1\t0\t10\n1\t20\t30\n")
    other = "track name=a\n# b\n\n1 0 10 a 0 +\r\n1 20 30 b 0 -\r\n"
    assert mask_of(tmp_path, other, "other.bed").edges["1"].tolist() == [0, 10, 20, 30]
    packed = mask_of(tmp_path, gzip.compress(other.encode()), "mask.bed.gz")
    np.testing.assert_array_equal(packed.edges["1"], plain.edges["1"])


def test_all_beginnings_are_equally_likely(tmp_path):
    mask = mask_of(tmp_path, "1\t5\t7\n1\t10\t15\nshort\t0\t3\n2\t0\t6\n")
    fractions = (np.arange(7000) + 0.5) / 7000
    contig, base = mask.draw_stretches(np.full(7000, 5.0), fractions)
    # Contig 1 goes from 5 to 15, contig 2 from 0 to 6: 6 and 2 beginnings.
    drawn = np.bincount(contig * 20 + base)
    assert np.flatnonzero(drawn).tolist() == [5, 6, 7, 8, 9, 10, 40, 41]
    assert np.ptp(drawn[drawn > 0]) <= 1
    random = np.random.default_rng(1).random(4000)
    _, base = mask.draw_stretches(np.repeat([5.0, 4.5], 2000), random)  # 4.5 bases take 5
    counts = [np.bincount(some, minlength=11) for some in (base[:2000], base[2000:])]
    assert scipy.stats.chi2_contingency([c[counts[0] > 0] for c in counts]).pvalue > 0.001


REFUSED = {
    "two columns": ("1\t0\n", ":1: is '1\\t0', but a line of a BED file has a contig"),
    "one column": ("1\n", ":1: is '1', but a line of a BED file has a contig"),
    "words for bases": ("1\t0\t10\n1\tstart\tend\n", ":2: is '1\\tstart\\tend', but"),
    "end before start": ("1\t10\t5\n", ":1: goes from 10 to 5, but a stretch ends after its"),
    "no base": ("1\t10\t10\n", ":1: goes from 10 to 10, but a stretch ends after its start"),
    "negative": ("1\t-1\t5\n", ":1: is '1\\t-1\\t5', which has a negative base"),
    "beyond 2^63": (f"1\t0\t{2**63}\n", f":1: is '1\\t0\\t{2**63}', which has a base beyond any"),
    "beyond 2^64": (f"1\t{2**70}\t{2**71}\n", f":1: is '1\\t{2**70}\\t{2**71}', which has a base"),
    "underscores": ("1\t0\t1_000\n", ":1: is '1\\t0\\t1_000', but a line of a BED file has"),
    "plus": ("1\t+0\t10\n", ":1: is '1\\t+0\\t10', but a line of a BED file has"),
    "decimals": ("1\t0.0\t1e3\n", ":1: is '1\\t0.0\\t1e3', but a line of a BED file has"),
    "other digits": ("1\t0\t\u0661\u0662\n", ":1: is '1\\t0\\t\u0661\u0662', but a line of"),
    "nothing": ("# empty\n", ": has no stretches: list those that are accessible"),
    "only headers": ("track name=a\nbrowser position 1\n", ": has no stretches"),
    "UTF-16": ("1\t0\t10\n".encode("utf-16"), ": is in UTF-16"),
    "Latin-1": ("caf\xe9\t0\t10\n".encode("latin-1"), ": byte 3 (0xe9, in line 1) is not UTF-8"),
    "no text": (bytes(100), ": line 1 has a zero byte, so it is not a BED file"),
    "cut off": (gzip.compress(b"1\t0\t10\n" * 5000)[:-20], ": the gzip file is damaged after"),
    "bomb": (gzip.compress(bytes(20_000_000)), ": line 1 has more than 10,000,000 bytes"),
    "bomb of lines": (gzip.compress(b"\n" * 20_000_000), ":100001: 100,000 lines before have no"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_a_bed_file_is_refused(case, tmp_path):
    text, message = REFUSED[case]
    with pytest.raises(CoalflowError) as caught:
        mask_of(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'mask.bed'}{message}")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CoalflowError, match="there is no such file"):
        masks.read_mask(str(tmp_path / "nowhere.bed"))


def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.bed")
    for path, message in {
        tmp_path / "pipe.bed": "is a pipe",
        tmp_path: "is a folder",
        "/dev/zero": "is a device",
    }.items():
        with pytest.raises(CoalflowError, match=message):
            masks.read_mask(str(path))


@pytest.mark.parametrize("name", ["track1", "tracks", "browser_2", "trackname=a", "chr 1", "$x$"])
def test_contigs_named_like_headers_are_contigs(name, tmp_path):
    text = f"track name=a\nbrowser position 1:1-2\n{name}\t0\t10\nbrowser\ttabs\n"
    assert list(mask_of(tmp_path, text).edges) == [name]


def test_a_mask_of_bcftools_leaves_the_same_sites():
    """Half-open, from 0; the figures are those of ``bcftools view -T``."""
    case = CASES / "18-mask-edges"
    mask = masks.read_mask(str(case / "mask.bed"))
    lines = (case / "in.vcf").read_text().splitlines()
    sites = [line.split("\t")[:2] for line in lines if not line.startswith("#")]
    kept = [(contig, int(base)) for contig, base in sites if mask.covers(contig, int(base) - 1)]
    assert kept == [("chr1", base) for base in (*range(100, 111), 121)]


def test_contigs_that_the_mask_never_names_are_found(tmp_path):
    mask = mask_of(tmp_path, "1\t0\t10\n2\t0\t10\n")
    assert masks.find_unnamed_contigs(mask, ["1", "chr2", "3", "2"]) == ["chr2", "3"]


def test_other_names_of_contigs_are_shown_side_by_side(tmp_path):
    mask = mask_of(tmp_path, "".join(f"chr{n}\t0\t10\n" for n in range(5)))
    with pytest.raises(CoalflowError) as caught:
        masks.refuse_unknown_contigs(mask, ["0", "1"], "a.vcf")
    assert "a.vcf: names its contigs 0, 1, but the mask" in str(caught.value)
    assert "names them chr0, chr1, chr2, ..." in str(caught.value)
    masks.refuse_unknown_contigs(mask, ["other", "chr1"], "a.vcf")


def test_the_description_counts_bases_and_distinguishes_files(tmp_path):
    mask_of(tmp_path, "1\t0\t10\n1\t20\t30\n2\t0\t5\n")
    described = masks.describe_mask(str(tmp_path / "mask.bed"))
    del described["sha256"]
    assert described == {
        "path": str(tmp_path / "mask.bed"),
        "contigs": 2,
        "stretches": 3,
        "accessible_bases": 25,
        "bases_spanned": 35,
    }


def test_a_mask_without_room_for_a_block_is_refused_with_what_to_change(tmp_path):
    bed = tmp_path / "mask.bed"
    bed.write_text("1\t100\t500\n1\t900\t1100\n2\t0\t50\n")
    mask = str(bed)
    masks.refuse_short(mask, 1_000, windows=10)
    with pytest.raises(CoalflowError, match=r"longest has 1,000: set significance\.block to 9 or"):
        masks.refuse_short(mask, 1_100, windows=10)  # of 110 bases
    masks.refuse_short(mask, 990, windows=9)
    masks.refuse_short(None, 2_000, windows=8)
    with pytest.raises(CoalflowError, match=r"set significance\.windows to 0"):
        masks.refuse_short(mask, 2_000, windows=8)  # of 250
