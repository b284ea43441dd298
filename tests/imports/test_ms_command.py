"""Command lines of ms and its kin: what they say, and what of it contradicts the config."""

import subprocess
import sys

import pytest
from helpers.data import make_samples

from coalflow.config.schema.samples import Samples
from coalflow.config.settings.simulating import ImportSettings
from coalflow.core.errors import CoalflowError
from coalflow.imports import ms_command
from coalflow.imports.ms_replicates import read_ms_replicates
from coalflow.imports.remarks import Remarks

LENGTH = 55_000
TWO = Samples(individuals=(("A", 3), ("B", 1)), ploidy=2)
DATED = Samples(individuals=(("A", 3), ("B", 1)), ploidy=2, times=(("B", 320.0),))
OTHER = Samples(individuals=(("A", 1), ("B", 3)), ploidy=2)
ONE = make_samples(4)


def make_settings(samples=TWO, **parameters):
    return ImportSettings.model_validate(
        {
            "cell": "class=a",
            "parameters": {"class": "a", "sequence_length": LENGTH, **parameters},
            "format": "ms",
            "files": ("a.ms",),
            "truth": {},
            "tables": (),
            "sequence_length": LENGTH,
            "samples": samples,
            "tree_statistics": (),
            "replicates": 10,
            "shard_size": 10,
        }
    )


def check(line, samples=TWO, **parameters):
    """Return the remarks on a command line."""
    remarks = Remarks()
    ms_command.check_command(line, "a.ms:1", make_settings(samples, **parameters), remarks)
    return [found.remark.remark for found in remarks]


SAME = [
    "discoal 8 20 55000 -t 40 -r 20 -p 2 6 2 -ed 1.0 0 1",
    "./discoal 8 20 55000 -t 40 -p 3 6 0 2 -M 0.5",
    "/opt/bin/ms 8 20 -t 40 -r 20 55000 -I 2 6 2 -ej 1.0 2 1 -p 6",
    "ms 8 20 -t 40 -r 20 55001 -I 2 6 2 0.5 -seeds 1 2 3",
    "ms 8 20 -s 10 -I 3 0 6 2 -T",
    "msms -N 10000 -ms 8 20 -t 40 -r 20 -I 2 6 2 0.1 -SAA 100",
    "java -Xmx2g -jar /opt/msms3.2rc-b163.jar 8 20 -t 40 -I 2 6 2",
    # msms prints its own options before the numbers.
    "ms -oAFS jAFS 8 20 -r 10 55000 -t 5 -I 2 6 2 -seed 446666  [3.2rc Build:147]",
    "ms -N 10000 8 20 -t 40 -I 2 6 2",
    "scrm 8 20 -t 40 -r 20 55000 -l 1000 -I 2 6 2 -p 10",
    "mspms 8 20 -t 40 -r 20 55000 -I 2 6 2 0 -p 4",
    "ms 8 20",  # as tskit writes it
    "ms 8 20 -t tbs -r tbs 55000 -I 2 6 2",
    "ms 8 20 -f options.txt",
]


@pytest.mark.parametrize("line", SAME)
def test_what_agrees_is_accepted(line):
    assert check(line) == []


@pytest.mark.parametrize("line", ["", "slim -d N=1000 a.slim", "COMMAND:\tmacs 8 55000 -t .1", "-"])
def test_a_command_line_that_is_not_understood_is_named(line):
    assert check(line) == [ms_command.NOT_UNDERSTOOD.remark]


ORDERED = "simulation.samples makes 6 (A) + 2 (B), in this order"
CONTRADICTIONS = {
    "discoal 8 20 55000 -t 4 -p 2 4 4": ["4 + 4 haplotypes by population", ORDERED],
    "discoal 8 20 55000 -t 4 -p 2 2 6": ["2 + 6 haplotypes by population", ORDERED],
    "discoal 8 20 100000 -t 4 -p 2 6 2": ["100,000 sites", "simulation.sequence_length is 55,000"],
    "discoal 12 20 55000 -t 4": ["12 haplotypes", "simulation.samples makes 8"],
    "discoal 8 20 55000 -t 4": ["8 haplotypes by population", ORDERED],  # all of one
    "ms 8 20 -t 4 -I 2 4 4": ["4 + 4 haplotypes by population", ORDERED],
    "ms 8 20 -t 4 -r 4 1000 -I 2 6 2": ["1,000 sites", "55,000"],
    "ms 8 20 -t 4 -p 2": ["8 haplotypes by population", ORDERED],  # -p is the precision of ms
    "ms 9 20": ["9 haplotypes", "simulation.samples makes 8"],
    "msms -ms 10 20 -t 4 -I 2 8 2": ["10 haplotypes", "8 + 2 haplotypes by population"],
    "scrm 8 20 -t 4 -r 4 1e6 -I 2 6 2": ["1,000,000 sites", "55,000"],
    "mspms 8 20 -t 4 -I 3 2 2 4": ["2 + 2 + 4 haplotypes by population", ORDERED],
    "scrm 8 20 -t 4 -I 2 6 0 -eI 0.5 0 2": ["different ages", "are all of today"],
    "discoal 8 20 55000 -t 4 -p 2 6 2 -A 2 1 0.1": ["different ages", "are all of today"],
}


@pytest.mark.parametrize(("line", "words"), CONTRADICTIONS.items())
def test_a_contradiction_is_refused_with_both_figures(line, words):
    with pytest.raises(CoalflowError) as caught:
        check(line)
    message = str(caught.value)
    assert message.startswith("a.ms:1: the command line says ")
    assert all(word in message for word in words)
    assert "\n" not in message


def test_what_mspms_writes(tmp_path):
    file = tmp_path / "a.ms"
    program = "import sys; from msprime.cli import mspms_main; mspms_main(sys.argv[1:])"
    arguments = "8 2 -t 5 -r 5 55000 -I 2 6 2 0.5 -p 6"
    command = [sys.executable, "-c", program, *arguments.split()]
    with file.open("w") as output:
        subprocess.run(command, stdout=output, check=True)
    line = file.read_text().splitlines()[0].replace("-c", "mspms", 1)
    file.write_text("\n".join([line, *file.read_text().splitlines()[1:]]))
    settings = make_settings().model_copy(update={"replicates": 2})
    found = list(read_ms_replicates([str(file)], settings, Remarks()))
    assert [replicate.alleles.shape[1] for replicate in found] == [8, 8]
    with pytest.raises(CoalflowError, match=r"a.ms:1: the command line says 6 \+ 2 haplotypes"):
        list(read_ms_replicates([str(file)], make_settings(OTHER), Remarks()))


def test_all_contradictions_are_listed_together():
    with pytest.raises(CoalflowError) as caught:
        check("discoal 8 20 100000 -t 40 -p 2 2 6")
    assert str(caught.value) == (
        "a.ms:1: the command line says 2 + 6 haplotypes by population, but simulation.samples "
        "makes 6 (A) + 2 (B), in this order; and 100,000 sites, but simulation.sequence_length is "
        "55,000: change the config, or simulate again"
    )


def test_populations_may_be_taken_as_one_sample():
    line = "ms 8 20 -t 4 -I 3 6 0 2"
    assert check(line, ONE) == ["haplotypes of 2 populations (6, 2) were taken as one sample"]
    assert check("ms 8 20 -t 4", ONE) == []


def test_dated_haplotypes_are_those_that_the_config_dates():
    check("scrm 8 20 -t 4 -I 2 6 0 -eI 0.5 0 2", DATED)
    check("discoal 8 20 55000 -t 4 -p 2 6 2 -A 2 1 0.1", DATED)
    check("scrm 8 20 -t 4 -I 2 6 2 -eI 0.0 0 0", TWO)
    with pytest.raises(CoalflowError) as caught:
        check("ms 8 20 -t 4 -I 2 6 2", DATED)
    assert "all haplotypes are of today, but simulation.samples.B is of 320 gen" in str(
        caught.value
    )


RATES = {"population_size": 10_000, "mutation_rate": 1e-8, "recombination_rate": 2e-8}


@pytest.mark.parametrize(
    "line",
    [
        "ms 8 20 -t 22 -r 44 55000",
        "ms 8 20 -t 21.9 -r 43.9992 55000",
        "discoal 8 20 55000 -t 22",
        "ms 8 20 -t tbs",
    ],
)
def test_rates_that_agree(line):
    check(line, ONE, **RATES)


@pytest.mark.parametrize(
    ("line", "said", "meant"),
    [
        ("ms 8 20 -t 40", "-t 40", "mutation_rate and sequence_length make 4 x 10,000 x 1e-08"),
        ("ms 8 20 -t 22 -r 4 55000", "-r 4", "x 2e-08 x 55,000 = 44"),
        ("discoal 8 20 55000 -Pt 10 40 -r 44", "-Pt 10 40", "= 22"),
        ("discoal 8 20 55000 -t 22 -Pre 44 99", "-Pre 44 99", "= 44"),
    ],
)
def test_other_rates_are_refused(line, said, meant):
    with pytest.raises(CoalflowError) as caught:
        check(line, ONE, **RATES)
    assert said in str(caught.value)
    assert meant in str(caught.value)
    check(line, ONE)  # where the config gives none, files may have any
