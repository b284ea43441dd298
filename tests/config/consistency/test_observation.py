"""The section `observation`, and the individuals of genomes: what is filled in, what refused."""

import pytest
import yaml
from helpers.configs import complaint_about

from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker

TWO = {
    "time_units": "generations",
    "demes": [
        {"name": "old", "epochs": [{"start_size": 500, "end_time": 5000}]},
        {"name": "north", "ancestors": ["old"], "epochs": [{"start_size": 500}]},
        {"name": "south", "ancestors": ["old"], "epochs": [{"start_size": 500}]},
    ],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("mine.vcf.gz", "mask.bed"):
        (tmp_path / name).touch()
    (tmp_path / "two.yaml").write_text(yaml.safe_dump(TWO))
    return tmp_path


def config_with(observation, genome=None, populations=False, **simulation):
    """Return a config with one real genome; with two populations of 5 and 4 individuals, or one."""
    demography = {"demes": "two.yaml"} if populations else {"population_size": 1000}
    samples = {"north": 5, "south": 4} if populations else 9
    return {
        "run": "observed",
        "seed": 1,
        "simulation": {
            "demography": demography,
            "samples": samples,
            "sequence_length": 100_000,
            "mutation_rate": 1e-8,
            "recombination_rate": 1e-8,
            "replicates": 20,
            **simulation,
        },
        "observation": observation,
        "target": "tajimas_d",
        "genomes": {"mine": {"path": "mine.vcf.gz", **(genome or {})}},
    }


def read_observation(*args, **options):
    return read_config(config_with(*args, **options)).observation


def complaint(*args, **options):
    return complaint_about(config_with(*args, **options)).splitlines()[1:]


@pytest.mark.usefixtures("folder")
def test_what_is_measured_on_a_file_is_not_filled_in():
    assert read_observation({"like": "mine.vcf.gz", "missing": 0.1}).as_json() == {
        "like": "mine.vcf.gz",
        "missing": 0.1,
        "polarised": False,
        "polarisation_error": 0,
        "genotype_error": 0,
        "switch_error": 0,
    }


@pytest.mark.usefixtures("folder")
def test_individuals_are_those_of_populations():
    assert read_observation({"individuals": 4}).individuals == {"all": 4}
    named = {"samples": {"north": ["a", "b"], "south": ["c", "d", "e", "f"]}}
    observation = read_observation({"individuals": {"north": 2}}, named, populations=True)
    assert observation.individuals == {"north": 2}
    read_observation({"individuals": 2, "minimum_allele_count": 2}, {"samples": ["a", "b"]})


# What is observed, the genome's options, other options, and what is said.
REFUSED = {
    "switches of a phase that is not known": (
        {"switch_error": 0.01, "phased": False},
        {},
        {},
        "observation.switch_error is about the phase, which observation.phased says is not known: "
        "delete one of the two",
    ),
    "no such file": (
        {"like": "yours.vcf"},
        {},
        {},
        "observation.like is 'yours.vcf': there is no such file (relative to {here})",
    ),
    "no such mask": (
        {"mask": "yours.bed"},
        {},
        {},
        "observation.mask is 'yours.bed': there is no such file (relative to {here})",
    ),
    "a rate above 1": ({"missing": 1.5}, {}, {}, "observation.missing is 1.5, must be less than 1"),
    "a rate below 0": (
        {"genotype_error": -0.1},
        {},
        {},
        "observation.genotype_error is -0.1, must be at least 0",
    ),
    "a rate as text": (
        {"missing": "1e-2"},
        {},
        {},
        "observation.missing is '1e-2', but must be a number: YAML reads 1e-2 as text, "
        "write 1.0e-2",
    ),
    "more wrong than right": (
        {"polarised": True, "polarisation_error": 0.6},
        {"ancestral": "REF"},
        {},
        "observation.polarisation_error is 0.6, must be at most 0.5",
    ),
    "errors of what is not known": (
        {"polarisation_error": 0.1},
        {},
        {},
        "observation.polarisation_error is about ancestral alleles, which are not known: delete "
        "it, or set observation.polarised to true",
    ),
    "another word": (
        {"phase": False},
        {},
        {},
        "observation.phase is not a recognised key; did you mean phased?",
    ),
    "more individuals than there are": (
        {"individuals": 10},
        {},
        {},
        "observation.individuals is 10, but 9 are simulated: lower it, or raise simulation.samples",
    ),
    "too few individuals": (
        {"individuals": 1},
        {},
        {},
        "observation.individuals leaves 2 haplotypes, but 4 or more are needed: raise it",
    ),
    "one number for two populations": (
        {"individuals": 3},
        {"samples": {"north": list("abcde"), "south": list("fghi")}},
        {"populations": True},
        "observation.individuals is one number, but there are several populations: north, south. "
        "Give a number for each",
    ),
    "an unknown population": (
        {"individuals": {"sooth": 3}},
        {"samples": {"north": list("abcde"), "south": list("fghi")}},
        {"populations": True},
        "observation.individuals.sooth names 'sooth', but the populations are: north, south; "
        "did you mean south?",
    ),
    "an allele that is never so common": (
        {"minimum_allele_count": 10},
        {},
        {},
        "observation.minimum_allele_count is 10, but among 18 haplotypes the rarer allele is "
        "carried by 9 at most: lower it",
    ),
    "a genome of whom nobody knows who is who": (
        {},
        {},
        {"populations": True},
        "genomes.mine.samples is missing: name the individuals of each population (north, south)",
    ),
    "one list for two populations": (
        {},
        {"samples": list("abcdefghi")},
        {"populations": True},
        "genomes.mine.samples is one list, but there are several populations: give one for each "
        "(north, south)",
    ),
    "a population too few": (
        {},
        {"samples": {"north": list("abcde")}},
        {"populations": True},
        "genomes.mine.samples.south is missing: list its individuals",
    ),
    "too few of a population": (
        {"individuals": {"north": 4}},
        {"samples": {"north": list("abc"), "south": list("fghi")}},
        {"populations": True},
        "genomes.mine.samples.north lists 3 individuals, but simulations have 4 of north",
    ),
    "populations that are not simulated": (
        {},
        {"samples": {"north": list("abcde"), "south": list("fghi")}},
        {},
        "genomes.mine.samples has several populations, but simulation.samples is one number: "
        "give one list",
    ),
    "an individual in two populations": (
        {},
        {"samples": {"north": list("abcde"), "south": list("xyza")}},
        {"populations": True},
        "genomes.mine.samples.south lists 'a', which is in north too: keep it in one",
    ),
    "an individual twice": (
        {},
        {"samples": list("abcdefgha")},
        {},
        "genomes.mine.samples lists a value twice: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'a']",
    ),
    "names that the ploidy does not fit": (
        {},
        {"samples": list("abcdefghi"), "ploidy": 1},
        {},
        "genomes.mine.samples lists 9 individuals, but simulation.samples is 9 with "
        "simulation.ploidy 2, and ploidy of this file is 1",
    ),
    "fewer tetraploids than individuals without phase": (
        {"phased": False},
        {"samples": list("abc")},
        {},
        "genomes.mine.samples lists 3 individuals, but simulation.samples is 9",
    ),
    "sexes that are missing": (
        {},
        {"ploidy": {"X": {"male": 1, "female": 2}}},
        {},
        "genomes.mine.sexes is missing: ploidy depends on it. Name a file with names and sexes",
    ),
    "sexes that are not used": (
        {},
        {"ploidy": {"X": 1}, "sexes": "mask.bed"},
        {},
        "genomes.mine.sexes is not used: no contig in ploidy depends on the sex. Delete it",
    ),
    "sexes that are not there": (
        {},
        {"ploidy": {"X": {"male": 1}}, "sexes": "sexes.tsv"},
        {},
        "genomes.mine.sexes is 'sexes.tsv': there is no such file (relative to {here})",
    ),
    "a ploidy that cannot be": (
        {},
        {"ploidy": {"X": {"male": 0}}},
        {},
        "genomes.mine.ploidy.X.male is 0, must be at least 1",
    ),
    "a filter that is no list": (
        {},
        {"filters": "PASS"},
        {},
        "genomes.mine.filters is 'PASS', but must be a list in [ ] or any",
    ),
    "a file to be like, in keys": (
        {"like": {"path": "mine.vcf", "sexes": "mask.bed"}},
        {},
        {},
        "observation.like is 'mine.vcf': there is no such file (relative to {here})\n"
        "  observation.like.sexes is not used: no contig in ploidy depends on the sex. Delete it",
    ),
    "fewer names than individuals seen": (
        {"individuals": 5},
        {"samples": list("abcd")},
        {},
        "genomes.mine.samples lists 4 individuals, but observation.individuals is 5",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_contradicts_is_refused(case, folder):
    observation, genome, options, message = REFUSED[case]
    said = complaint(observation, genome, **options)
    assert "\n".join(said) == "  " + message.format(here=folder)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("number", "rules"),
    [
        (9, {}),
        (18, {}),  # haploids, or more than are needed
        (3, {}),  # of ploidy 6
        (11, {}),
        (18, {"ploidy": 1}),
        (13, {"ploidy": {"X": {"m": 1, "f": 2}}, "sexes": "mask.bed"}),  # of both sexes
    ],
)
def test_as_many_names_as_have_the_haplotypes_or_more(number, rules):
    names = [f"i{index}" for index in range(number)]
    config = read_config(config_with({}, {"samples": names, **rules}))
    assert config.genomes["mine"].samples == tuple(names)


@pytest.mark.usefixtures("folder")
def test_which_records_are_used():
    config = read_config(config_with({"like": "mine.vcf.gz"}))
    assert config.observation.like_file.as_json() == {"path": "mine.vcf.gz"}
    assert config.genomes["mine"].accepted == ("PASS", ".")
    rules = {"filters": ["PASS", "q10"], "ploidy": 1}
    config = read_config(config_with({"like": {"path": "mine.vcf.gz", **rules}}, rules))
    assert config.observation.like_file.as_json() == {"path": "mine.vcf.gz", **rules}
    assert config.genomes["mine"].accepted == ("PASS", "q10")
    options = SettingsMaker(config).genome_options("mine")
    assert options.genotypes.as_json() == rules
    assert options.seed == 1
    assert read_config(config_with({}, {"filters": "any"})).genomes["mine"].accepted is None
