"""Models in Python: what they say of themselves, and what they predict."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from helpers.genomes import write
from helpers.models import SITES, save_untrained_net, varied_matrices
from helpers.references import save_extras
from helpers.travelling_models import make_genome, pack_models
from helpers.workflow import ROOT

import coalflow
from coalflow import CoalflowError, load_model
from coalflow.core.files import read_json, write_json

ANCESTRAL = {"ancestral": "AA"}


@pytest.fixture(scope="module")
def packed(train, validation, tmp_path_factory):
    """A folder with packed models and a genome."""
    run, folder = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("elsewhere")
    write(folder / "genome.vcf", make_genome())
    return pack_models(folder, run, train, validation)


@pytest.fixture(scope="module")
def net(packed):
    return load_model(packed / "net.zip")


@pytest.fixture(scope="module")
def ridge(packed):
    return load_model(str(packed / "ridge.zip"))


def refusal(call, *arguments, **options):
    with pytest.raises(CoalflowError) as caught:
        call(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# What they say ---------------------------------------------------------------------------------


def test_a_model_says_what_it_reads_and_predicts(net, ridge):
    assert (net.name, net.kind, net.haplotypes, net.sites) == (
        "flagel_tajimas_d", "ensemble", 6, 8,
    )  # fmt: skip
    assert net.classes is None
    assert net.length is None
    assert [(target.name, target.scale) for target in net.targets] == [("diversity", "linear")]
    assert (ridge.name, ridge.kind) == ("ridge", "baseline")
    assert not net.needs_positions
    assert ridge.needs_positions
    assert repr(ridge) == "<baseline ridge: diversity (pi), from 6 haplotypes, 8 sites>"


def test_what_is_no_model_is_refused(packed, tmp_path):
    assert "not a trained model" in refusal(load_model, tmp_path)
    assert "there is no such file" in refusal(load_model, tmp_path / "net.zip")
    assert "not a trained model" in refusal(load_model, packed / "genome.vcf")


# Genomes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["net", "ridge"])
def test_a_genome_is_predicted_as_it_is_scanned(model, packed, tmp_path, request):
    loaded = request.getfixturevalue(model)
    predicted = loaded.predict(packed / "genome.vcf", step=3, **ANCESTRAL)
    folder = coalflow.scan_genome(
        packed / f"{model}.zip", packed / "genome.vcf", tmp_path / "scan", step=3, **ANCESTRAL
    )
    assert folder == tmp_path / "scan"
    scanned = pd.read_csv(folder / "windows.tsv", sep="\t", dtype={"contig": str})
    for name in predicted:
        column = f"{loaded.name}:{name}"
        theirs = scanned[column if column in scanned else name]
        if theirs.dtype.kind == "f":  # in the table with ten digits
            mine = [float(f"{value:.10g}") for value in predicted[name]]
            np.testing.assert_array_equal(mine, theirs, name)
    assert {"contig", "start", "end", "flags", "novelty", "diversity", "diversity:low"} <= {
        *predicted
    }
    assert {"diversity:p", "diversity:q", "diversity:region_p"} <= {*predicted}
    assert not any("/0:" in name or name.startswith("measured:") for name in predicted)


def test_what_is_wrong_with_a_genome_names_options(net, packed):
    genome = packed / "genome.vcf"
    assert refusal(net.predict, genome).startswith("ancestral is missing: the model was trained")
    assert "did you mean step?" in refusal(net.predict, genome, stpe=3)
    assert "there is no such file" in refusal(net.predict, packed / "no.vcf", **ANCESTRAL)
    assert "step is -1" in refusal(net.predict, genome, step=-1)
    assert "a genome has its own" in refusal(net.predict, genome, [1, 2])


# Matrices ---------------------------------------------------------------------------------------


def test_matrices_are_predicted_alike_alone_and_together(net):
    matrices = varied_matrices(5, seed=8).transpose(0, 2, 1)
    positions = [np.arange(SITES) * 10.0] * 5
    together = net.predict(matrices, positions)
    as_list = net.predict(list(matrices), positions)
    alone = pd.concat([net.predict(*pair) for pair in zip(matrices, positions, strict=True)])
    pd.testing.assert_frame_equal(together, as_list)
    pd.testing.assert_frame_equal(together, alone.reset_index(drop=True), rtol=1e-6)
    assert together["novelty"].between(0, 1).all()
    assert together["diversity:p"].between(0, 1).all()


def test_a_window_of_a_genome_is_predicted_alike_as_a_matrix(ridge, packed):
    scanned = ridge.predict(packed / "genome.vcf", **ANCESTRAL).iloc[0]
    lines = (packed / "genome.vcf").read_text().splitlines()
    records = [line.split("\t") for line in lines if not line.startswith("#")][:SITES]
    alleles = [[int(allele) for call in record[9:] for allele in call.split("|")]
               for record in records]  # fmt: skip
    positions = [int(record[1]) - 1 - scanned["start"] for record in records]
    predicted = ridge.predict(np.array(alleles).T, positions).iloc[0]
    for name in ("diversity", "diversity:low", "diversity:p"):
        assert predicted[name] == pytest.approx(scanned[name], rel=1e-12)


def test_positions_are_only_needed_by_models_that_read_them(net, ridge):
    matrix = varied_matrices(1, seed=8)[0].T
    predicted = net.predict(matrix)
    assert predicted["diversity"].notna().all()
    assert not {"novelty", "flags", "length", "statistic:diversity"} & {*predicted}
    assert "ridge reads the positions of sites" in refusal(ridge.predict, matrix)


def test_too_few_sites_give_no_prediction(net):
    predicted = net.predict(np.eye(6)[:, :5], np.arange(5))
    assert predicted["diversity"].isna().all()
    assert predicted["sites"].tolist() == [5]


def test_what_is_wrong_with_matrices_is_said(net):
    assert "has 8 haplotypes, and the model reads 6" in refusal(net.predict, np.eye(8))
    assert "there is no matrix" in refusal(net.predict, np.empty((0, 6, 8)))
    assert "only a genome in a file" in refusal(net.predict, np.eye(6), step=3)
    assert "2 matrices, and positions of 1" in refusal(
        net.predict, [np.eye(6), np.eye(6)], [np.arange(6)]
    )
    assert "matrix 1 has 5 haplotypes" in refusal(net.predict, [np.eye(6), np.eye(5)])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (5, "data of type int cannot be predicted: give the path of a genome"),
        (None, "data of type NoneType cannot be predicted"),
        ({"a": 1}, "data of type dict cannot be predicted"),
        ([[0, 1], [1]], "has rows of different lengths"),
    ],
)
def test_what_is_nothing_like_a_matrix_is_refused(net, data, message):
    with pytest.raises(CoalflowError, match=message):
        net.predict(data)


def test_a_net_that_was_trained_on_fewer_too_takes_fewer(train, validation, tmp_path):
    save_untrained_net(tmp_path, train, name="coalflow")
    save_extras(tmp_path, ("",), train, validation)
    card = read_json(tmp_path / "card.json")
    card["net"]["recipe"]["augment"]["thin"] = 4
    write_json(tmp_path / "card.json", card)
    model = load_model(tmp_path)
    matrix = varied_matrices(1, seed=8, haplotypes=4)[0].T
    predicted = model.predict(matrix, np.arange(SITES))
    assert predicted["diversity"].notna().all()
    assert "novelty" not in predicted
    assert "diversity:p" not in predicted
    assert "reads 4 to 6, whole individuals of 2" in refusal(
        model.predict, matrix[:3], np.arange(SITES)
    )


# Imports ----------------------------------------------------------------------------------------


def test_importing_coalflow_imports_nothing_large():
    code = (
        "import sys, coalflow; large = {'numpy', 'pandas', 'torch', 'pydantic', 'yaml'};"
        "print(large & {*sys.modules}, sorted(set(coalflow.__all__) - set(dir(coalflow))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "scripts", check=True, capture_output=True
    )
    assert done.stdout.decode() == "set() []\n"


def test_all_public_names_are_there_and_no_others():
    for name in coalflow.__all__:
        assert getattr(coalflow, name).__doc__
    with pytest.raises(AttributeError, match="has no attribute 'load_modle'"):
        _ = coalflow.load_modle
