"""`snakemake scan`: a genome scanned with a model alone, without the config of a run."""

import numpy as np
import pytest
from helpers.genomes import record, vcf, write
from helpers.models import save_fitted_baseline
from helpers.packages import pack
from helpers.references import save_extras
from helpers.workflow import TINY, copy_of_coalflow, fail, planned, succeed

from coalflow.core.files import read_json

NAMES = ("a", "b", "c")
GIVEN = ("--config", "model=ridge.zip", "genome=mine.vcf", "ancestral=AA")


@pytest.fixture(scope="module")
def elsewhere(train, validation, tmp_path_factory):
    """A copy of the workflow with a packed model and a genome, and a config that is none."""
    folder = copy_of_coalflow(tmp_path_factory.mktemp("elsewhere"))
    run = tmp_path_factory.mktemp("run")
    save_fitted_baseline(run, "ridge", train, validation)
    save_extras(run, ("",), train, validation)
    pack(folder / "ridge.zip", run, "ridge")
    generator = np.random.default_rng(1)
    records = []
    for position in range(100, 5000, 100):
        carried = generator.permutation([0, 0, 0, 1, 1, 1]).reshape(-1, 2)
        pairs = [f"{first}|{second}" for first, second in carried.tolist()]
        records.append(record(position, *pairs, info="AA=A"))
    write(folder / "mine.vcf", vcf(*records, names=NAMES))
    (folder / "config" / "config.yaml").write_text("run: [\n")
    return folder


def test_a_model_and_a_genome_are_all_that_is_needed(elsewhere):
    said = succeed(elsewhere, "scan", *GIVEN, configs=())
    assert "Scanning mine.vcf" in said
    assert "The results are in results/ridge-mine" in said
    results = elsewhere / "results" / "ridge-mine"
    for name in ("windows.tsv", "windows.bed", "scan.png", "scan.svg", "observation.json"):
        assert (results / name).stat().st_size > 0
    assert "Nothing to be done" in succeed(elsewhere, "scan", *GIVEN, configs=())
    changed = planned(elsewhere, "scan", *GIVEN, "step=3", configs=())
    assert changed == {"scan": 1, "scan_genome": 1, "total": 2}


def test_options_are_those_of_the_program(elsewhere):
    given = [*GIVEN, "output=found", "individuals=a,b,c", "contigs=1", "step=8", "outputs=tabix"]
    succeed(elsewhere, "scan", *given, configs=())
    found = elsewhere / "found"
    assert (found / "tabix" / "windows.tsv.gz").exists()
    options = read_json(found / "options.json")["options"]
    assert options["individuals"] == ["a", "b", "c"]
    assert (options["step"], options["contigs"]) == (8, ["1"])


def test_mistakes_are_refused_before_anything_runs(elsewhere):
    message = fail(elsewhere, "scan", *GIVEN, "stpe=3", "mask=no.bed", configs=())
    assert "--config: stpe is not a recognised key; did you mean step?" in message
    message = fail(elsewhere, "scan", *GIVEN, "mask=no.bed", configs=())
    assert "error: --config: mask is 'no.bed': there is no such file" in message
    message = fail(elsewhere, "scan", "--config", "model=ridge.zip", configs=())
    assert "error: --config: genome is missing" in message


def test_what_the_model_needs_is_said_in_one_line(elsewhere):
    message = fail(elsewhere, "scan", *GIVEN[:-1], configs=())
    assert "error: --ancestral is missing: the model was trained with" in message


def test_a_scan_with_a_model_has_no_config_file(elsewhere):
    assert "leave out --configfile" in fail(elsewhere, "scan", *GIVEN, configs=(TINY,))
