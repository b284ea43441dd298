"""What contradicts a genome that is simulated, and the sweeps in it."""

import pytest
from helpers.configs import HEADER, ROOT, complaint_about, quickstart

from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker

HUMAN = str(ROOT / "config/demography/human.yaml")
HARD = {"position": 500, "kind": "hard", "selection_coefficient": 0.02}
SOFT = {**HARD, "kind": "soft", "start_frequency": 0.1}


def with_sweeps(*sweeps, **changes):
    config = quickstart()
    genome = {"population_size": 1000, "sequence_length": 1000, "contigs": 3, **changes}
    config["genomes"] = {"mine": {"simulate": {**genome, "sweeps": list(sweeps)}}}
    return config


def settings_of(config):
    return SettingsMaker(read_config(config)).simulate_genome("mine")


def test_sweeps_are_placed_with_their_defaults():
    settings = settings_of(with_sweeps({**HARD, "contig": 2}, {**SOFT, "end_frequency": 0.7}))
    assert settings.contigs == ("1", "2", "3")
    hard, soft = settings.sweeps
    assert (hard.contig, hard.position, hard.population) == ("2", 500, "population")
    common = {"selection_coefficient": 0.02, "dominance": 0.5, "fixation_time": 0, "position": 500}
    assert hard.parameters == {"sweep": "hard", **common, "end_frequency": 1}
    frequencies = {"start_frequency": 0.1, "end_frequency": 0.7}
    assert soft.parameters == {"sweep": "soft", **common, **frequencies}
    assert soft.contig == "1"


def test_without_sweeps_settings_are_those_of_a_neutral_genome():
    config = quickstart()
    settings = SettingsMaker(read_config(config)).simulate_genome("simulated")
    assert settings.contigs == ("1",)
    assert settings.sweeps == ()
    assert "contigs" not in settings.parameters
    assert settings.parameters["sequence_length"] == 3_000_000


MISTAKES = {
    "a kind that is not in a genome": (
        [{**HARD, "kind": "linked_hard"}],
        {},
        "sweeps.0.kind is 'linked_hard', but must be one of: hard, soft, recurrent",
    ),
    "beyond the contig": (
        [{**HARD, "position": 1001}],
        {},
        "sweeps.0.position is 1,001, beyond the 1,000 bases of a contig (sequence_length): lower "
        "it",
    ),
    "two on a contig": (
        [{**HARD, "contig": 2}, {**HARD, "contig": 2, "position": 9}],
        {},
        "sweeps.1.contig is 2, which has the sweep at 500 too, and a sweep is simulated along the "
        "one site that is selected: use another contig for each sweep",
    ),
    "a contig that is not there": (
        [{**HARD, "contig": 4}],
        {},
        "sweeps.0.contig is 4, but the genome has 3: raise `contigs`, or lower it",
    ),
    "what the kind lacks": (
        [{**HARD, "kind": "soft"}],
        {},
        "sweeps.0.start_frequency is missing for soft sweeps: add it",
    ),
    "what the kind does not take": (
        [{**HARD, "recurrent_mutation_rate": 1.0e-5}],
        {},
        "sweeps.0.recurrent_mutation_rate is not a parameter of hard sweeps: delete it",
    ),
    "a start above the end": (
        [{**SOFT, "end_frequency": 0.1}],
        {},
        "sweeps.0.start_frequency is 0.1, but the sweep ends at 0.1 (end_frequency): lower it",
    ),
    "a population where there is one": (
        [{**HARD, "population": "EUR"}],
        {},
        "sweeps.0.population goes with a demes file (simulation.demography.demes): delete it",
    ),
    "selection that cannot be followed": (
        [{**HARD, "selection_coefficient": 1}],
        {"population_size": 1_000_000},
        "sweeps.0.selection_coefficient makes 2Ns as large as 2e+06; above 1,000,000 no sweep can "
        "be followed: lower it, or the size",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes(case):
    sweeps, changes, expected = MISTAKES[case]
    message = complaint_about(with_sweeps(*sweeps, **changes))
    assert message == f"{HEADER}  genomes.mine.simulate.{expected}"


def with_graph(*sweeps, **changes):
    config = with_sweeps(*sweeps)
    for key in ("population_size", "history"):
        config["genomes"]["mine"]["simulate"].pop(key, None)
    config["simulation"] |= {"demography": {"demes": HUMAN}, **changes}
    del config["simulation"]["mutation_rate"]
    config["simulation"]["grid"] = {"recombination_rate": [1.0e-8, 2.0e-8]}
    config["simulation"].pop("recombination_rate", None)
    config["genomes"]["mine"]["simulate"]["recombination_rate"] = 1.0e-8
    config["target"] = "recombination_rate"
    return config


def test_a_population_that_is_not_there():
    message = complaint_about(with_graph({**HARD, "population": "EURO"}))
    assert "simulate.sweeps.0.population names 'EURO', but the populations of today are" in message


def test_where_a_sweep_ends_is_that_of_the_run_unless_it_says():
    settings = settings_of(with_graph(HARD))
    assert settings.sweeps[0].population == settings.history.population


def test_gene_conversion_has_no_sweeps():
    config = with_sweeps(HARD)
    config["simulation"]["gene_conversion_tract"] = 500
    assert "simulate.sweeps are simulated with crossovers alone" in complaint_about(config)


def with_map(folder, **changes):
    file = folder / "map.txt"
    lines = ["Chromosome\tPosition(bp)\tRate(cM/Mb)\tMap(cM)"]
    lines += ["chr1\t0\t1.0\t0", "chr1\t2000000\t2.0\t2", "chr1\t4000000\t0\t6"]
    file.write_text("\n".join(lines) + "\n")
    config = with_sweeps(HARD, **changes)
    config["simulation"] |= {"recombination_map": str(file)}
    del config["simulation"]["recombination_rate"]
    return config


def test_a_genome_has_stretches_of_the_map_unless_it_has_a_rate(tmp_path):
    assert settings_of(with_map(tmp_path)).parameters["recombination_rate"].map.endswith("map.txt")
    config = with_map(tmp_path, recombination_rate=1.0e-8)
    assert settings_of(config).parameters["recombination_rate"] == 1.0e-8


def test_a_contig_longer_than_the_map(tmp_path):
    config = with_map(tmp_path, sequence_length=4_000_001)
    assert "with known rates has 4,000,000 bases: shorten it, and have more `contigs`" in (
        complaint_about(config)
    )
