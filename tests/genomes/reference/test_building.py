"""References: made of simulations, read back as they were, and used by scans."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from helpers.data import make_samples
from helpers.models import (
    HAPLOTYPES,
    SITES,
    replicates_of,
    save_fitted_baseline,
    save_untrained_net,
    varied_matrices,
)
from helpers.references import describe_simulated, make_reference_settings
from helpers.scans import make_contig, plan_batches

from coalflow.core.errors import CoalflowError
from coalflow.genomes.reference.blocks import Blocks
from coalflow.genomes.reference.building import (
    Simulations,
    build_references,
    choose_training_windows,
)
from coalflow.genomes.reference.reference import (
    decode_reference,
    read_references,
    write_reference,
)
from coalflow.genomes.scans.scan import scan_batches
from coalflow.genomes.scans.scanners import Scanner
from coalflow.genomes.store.blocks import Block
from coalflow.models.ensembles import add_ensembles, predict_all
from coalflow.models.storage.loading import load_models

NET, TARGET = "flagel_tajimas_d", "tajimas_d"
FOLDERS = ("net/0", "net/1", "ridge")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    train, validation = (
        replicates_of(varied_matrices(number, seed=number), TARGET) for number in (200, 60)
    )
    for restart in range(2):
        save_untrained_net(folder / f"net/{restart}", train, restart, TARGET)
    save_fitted_baseline(folder / "ridge", "ridge", train, validation, TARGET)
    return add_ensembles(load_models(folder, FOLDERS))


def simulate(number, seed, view):
    windows = replicates_of(varied_matrices(number, seed=seed), TARGET).windows
    return describe_simulated(windows, view)


def make_block(number):
    contig = make_contig(f"a/{number}", 300, seed=100 + number)
    return Block(
        contig.name,
        contig.length,
        np.array(contig.positions),
        np.packbits(contig.haplotypes, axis=1),
        None,
        make_samples(HAPLOTYPES, ploidy=1),
    )


def make_settings(view):
    return make_reference_settings(view, (NET,), ("ridge",), step=SITES // 2)


@pytest.fixture(scope="module")
def simulations(models):
    view = models["ridge"].card.view
    held_out = simulate(80, 2, view)
    return Simulations(
        train=simulate(150, 1, view),
        held_out=held_out,
        is_null=np.arange(80) % 2 == 0,
        predictions=predict_all(models, held_out.windows),
        blocks=Blocks(tuple(make_block(number) for number in range(12))),
    )


@pytest.fixture(scope="module")
def references(simulations, models):
    return build_references(simulations, models, None, make_settings(models["ridge"].card.view))


def scan(models, references, parts=1, size=None):
    contigs = [make_contig("1", 120, seed=5), make_contig("2", 60, seed=6)]
    batches = plan_batches(contigs, 4, models["ridge"].card.view.encoding, size)
    scanner = Scanner(models, None, references)
    tables = [
        table
        for part in range(parts)
        for table in scan_batches(batches, scanner, part=part, parts=parts)
        if len(table)
    ]
    return pd.concat(tables, ignore_index=True)


def test_each_model_has_a_null_of_windows_and_of_regions(references):
    assert list(references) == [NET, "ridge"]
    assert set(references[NET].nulls) == {(each, TARGET) for each in (NET, f"{NET}/0", f"{NET}/1")}
    for reference in references.values():
        assert reference.meta.windows == 80
        assert reference.meta.blocks == 12
        assert reference.meta.block_windows > 12 * 30
        assert reference.fit is not None
        assert all(null.regions is not None for null in reference.nulls.values())
        bands = reference.bands.loc["h12"]
        assert (np.diff(bands) >= 0).all()


def test_a_reference_is_read_back_as_it_was(references, models, tmp_path):
    for name, reference in references.items():
        write_reference(tmp_path / name, reference)
    read = read_references(tmp_path, references)
    assert {name: each.encode() for name, each in read.items()} == {
        name: each.encode() for name, each in references.items()
    }
    pd.testing.assert_frame_equal(scan(models, read), scan(models, references))


def test_windows_of_a_genome_have_novelty_and_p_whatever_the_number_of_jobs(references, models):
    table = scan(models, references)
    assert table["novelty"].between(0, 1).all()
    is_novel = table["flags"].str.contains("novel")
    assert (is_novel == (table["novelty"] <= 0.05)).all()
    assert table["furthest"].str.fullmatch(r".+ (high|low)").all()
    for name in models:
        assert table[f"{name}:{TARGET}:p"].between(0, 1, inclusive="right").all()
    for parts, size in ((3, 7), (2, 30)):
        cut = scan(models, references, parts, size)
        pd.testing.assert_frame_equal(cut, table, check_exact=False, rtol=1e-5)


def test_the_same_batches_give_the_same_bits(references, models):
    once, again = (scan(models, references, parts, 10) for parts in (1, 4))
    pd.testing.assert_frame_equal(once, again, check_exact=True)


def test_p_of_null_windows_is_uniform(references, simulations, models):
    """Windows like those of the null are beyond a p-value as often as it says."""
    null = references["ridge"].nulls["ridge", TARGET]
    table = scan(models, references)
    low = (table[f"ridge:{TARGET}:p"] <= 0.2).mean()
    assert 0.05 < low < 0.4
    assert null.tail.find_p(np.array([np.nan])).tolist() == pytest.approx([np.nan], nan_ok=True)


def test_without_blocks_there_is_a_null_of_windows_alone(simulations, models):
    own = dataclasses.replace(simulations, blocks=None)
    references = build_references(own, models, None, make_settings(models["ridge"].card.view))
    reference = references["ridge"]
    assert reference.fit is None
    assert all(null.regions is None for null in reference.nulls.values())
    assert np.isfinite(reference.bands.loc["diversity"]).all()
    assert decode_reference(reference.encode()).encode() == reference.encode()


def test_without_any_null_there_is_novelty_alone(simulations, models):
    none = dataclasses.replace(simulations, blocks=None, predictions={})
    references = build_references(none, models, None, make_settings(models["ridge"].card.view))
    assert not references["ridge"].nulls
    table = scan(models, references)
    assert "novelty" in table
    assert not any(name.endswith(":p") for name in table)


@pytest.mark.parametrize("position", [0, 1_000, -400])
def test_a_damaged_reference_is_refused(references, tmp_path, position):
    write_reference(tmp_path / "ridge", references["ridge"])
    path = tmp_path / "ridge/reference.npz"
    content = bytearray(path.read_bytes())
    content[position] ^= 255
    path.write_bytes(content)
    with pytest.raises(CoalflowError, match=r"reference.npz: .* Delete it and start Snakemake"):
        read_references(tmp_path, ["ridge"])


def test_a_missing_reference_is_refused(tmp_path):
    with pytest.raises(CoalflowError, match="there is no such file"):
        read_references(tmp_path, ["ridge"])


def test_training_windows_are_chosen_from_train_alone():
    table = pd.DataFrame({"split": ["train", "validation", "test"] * 40, "row": range(120)})
    chosen = choose_training_windows(table, seed=1)
    assert (chosen["split"] == "train").all()
    assert chosen["row"].is_monotonic_increasing
    assert len(chosen) == 40
