import json

import hypothesis
import pydantic
import pytest
from helpers.configs import (
    HEADER,
    QUICKSTART,
    complaint,
    dump,
    line_of,
    quickstart,
    read_files,
    sweeps_with,
    write,
)
from helpers.data import PROPERTY
from hypothesis import given
from hypothesis import strategies as st

from coalflow.config import grid
from coalflow.config.loading import read_config
from coalflow.config.schema.whole import Config
from coalflow.core.errors import CoalflowError

# What is valid ----------------------------------------------------------------------------------


def test_the_quickstart_is_valid():
    assert read_files(QUICKSTART).run == "tajimas_d"


def test_defaults_are_filled_in_at_every_depth():
    config = read_config(
        {
            "run": "small",
            "seed": 1,
            "target": "diversity",
            "simulation": {
                "demography": {"population_size": 10000},
                "samples": 4,
                "sequence_length": 1000,
                "mutation_rate": 1.0e-8,
                "recombination_rate": 0,
                "replicates": 20,
            },
            "genomes": {"simulated": {"simulate": {"population_size": 500, "sequence_length": 9}}},
        }
    )
    defined = {"statistic": "diversity", "of": [], "mode": "site", "scale": "linear"}
    nothing = {"histories": {}, "gene_flow": {}}
    kinds = ["spectrum", "sites", "haplotypes", "linkage", "populations"]
    assert config.targets.as_json() == {"definitions": {"diversity": defined}}
    assert config.as_written() == {
        "run": "small",
        "seed": 1,
        "target": "diversity",
        "simulation": {
            "demography": {"population_size": 10000, "history": "constant"} | nothing,
            "sweep": "neutral",
            "prior": {},
            "samples": 4,
            "ploidy": 2,
            "sequence_length": 1000,
            "mutation_rate": 1.0e-8,
            "recombination_rate": 0,
            "replicates": 20,
            "shard_size": 2500,
        },
        "observation": {
            "polarised": False,
            "polarisation_error": 0,
            "phased": True,
            "missing": 0,
            "genotype_error": 0,
            "switch_error": 0,
            "minimum_allele_count": 1,
        },
        "encoding": {
            "sites": 40,
            "stretch": "central",
            "pad": False,
            "order": "similarity",
            "positions": "position",
            "coding": "signed",
        },
        "split": {"train": 0.8, "validation": 0.1, "test": 0.1},
        "statistics": {"parts": [5, 11], "kinds": kinds},
        "search": {
            "trials": 21,
            "trials_per_round": 5,
            "space": {
                "learning_rate": {"log_uniform": [1e-4, 1e-2]},
                "batch_size": {"categorical": [32, 64, 128, 256, 512]},
                "dropout": {"uniform": [0.0, 0.5]},
            },
        },
        "models": {
            "nets": ["coalflow"],
            "restarts": 2,
            "baselines": ["mean", "ridge", "gradient_boosting"],
        },
        "training": {
            "class_weights": "equal",
            "threads": 1,
            "processes": 1,
            "nodes": 1,
            "device": "auto",
            "precision": "auto",
            "tensorboard": False,
        },
        "evaluation": {"hold_out": {}},
        "explain": {"windows": ["median"], "probed": 800, "shuffled": 300, "attributed": 100},
        "genomes": {
            "simulated": {
                "simulate": {"population_size": 500, "sequence_length": 9, "history": "constant"},
                "show": [],
                "show_regions": [],
                "outputs": [],
            }
        },
        "significance": {"windows": 5000, "block": 20, "neighbours": 1, "p": 0.01, "fdr": 0.05},
        "novelty": {"false_alarms": 0.01},
        "power": {"blocks": 200, "swept": 0.1},
    }


def test_a_given_value_wins_over_the_default():
    config = quickstart()
    config["simulation"]["shard_size"] = 7
    config["encoding"] = {"coding": "binary"}
    read = read_config(config)
    assert read.simulation.shard_size == 7
    assert read.encoding.coding == "binary"
    assert read.encoding.sites == 40


@pytest.mark.parametrize(
    ("target", "baselines"),
    [
        ("diversity", ["mean", "ridge", "gradient_boosting"]),
        ("history", ["mean", "classical", "logistic_regression", "gradient_boosting"]),
        ("population_size", ["mean", "ridge", "gradient_boosting"]),
    ],
)
def test_baselines_fit_the_target_unless_listed(target, baselines):
    config = {**quickstart(), "target": target}
    del config["models"]["baselines"]
    assert list(read_config(config).baselines) == baselines
    listed = {**config, "models": {"baselines": ["mean"]}}
    assert read_config(listed).baselines == ("mean",)


def test_sizes_of_padded_windows_have_a_classical_estimator():
    config = {**quickstart(), "target": "population_size", "encoding": {"pad": True}}
    del config["models"]["baselines"]
    baselines = ["mean", "classical", "ridge", "gradient_boosting"]
    assert list(read_config(config).baselines) == baselines
    config["statistics"] = {"kinds": ["spectrum"]}
    assert "classical" not in read_config(config).baselines


def test_the_encoding_alone_specifies_how_windows_are_read():
    config = quickstart()
    encoding = read_config(config).encoding
    assert (encoding.length, encoding.seed) == (None, None)
    config["encoding"] = {"pad": True, "stretch": "random"}
    read = read_config(config)
    assert read.encoding.length == config["simulation"]["sequence_length"]
    assert read.encoding.seed == config["seed"]
    assert read_config(read.as_written()) == read
    config["encoding"].update(length=100, seed=3)
    given = read_config(config).encoding
    assert (given.length, given.seed) == (100, 3)
    # With a length of its own a window may be cut from simulated ones of any length.
    del config["simulation"]["sequence_length"]
    config["simulation"]["grid"]["sequence_length"] = [1000, 20000.5]
    assert read_config(config).encoding == given


def test_the_classes_are_in_the_order_of_the_grid():
    config = {**quickstart(), "target": "history", "models": {}}
    for histories in (["growth", "constant"], ["constant", "growth", "bottleneck"]):
        config["simulation"]["grid"]["history"] = histories
        assert read_config(config).targets.classes == tuple(histories)
    assert read_config(quickstart()).targets.classes is None


def test_the_input_stays_as_it_was():
    config = quickstart()
    read_config(config)
    assert config == quickstart()


def test_what_is_returned_cannot_be_changed():
    config = read_config(quickstart())
    for section, key in ((config, "seed"), (config.split, "train"), (config.models, "nets")):
        with pytest.raises(pydantic.ValidationError, match="frozen"):
            setattr(section, key, 1)


def test_a_config_can_be_written_and_read_again():
    once = read_config(quickstart())
    assert read_config(once.as_written()) == once


def test_json_is_a_config_too(tmp_path):
    file = write(tmp_path, json.dumps(quickstart(), indent=2), "mine.json")
    assert read_files(file) == read_files(QUICKSTART)


def test_json_with_tabs_is_a_config_too(tmp_path):
    """Snakemake reads it, although it is no YAML."""
    file = write(tmp_path, json.dumps(quickstart(), indent="\t"), "mine.json")
    assert read_files(file) == read_files(QUICKSTART)


@pytest.mark.parametrize("indent", [2, "\t"])
def test_a_mistake_in_json_is_not_blamed_on_the_command_line(tmp_path, indent):
    """JSON writes -1e-08, which YAML would read as text."""
    config = quickstart()
    config["simulation"]["recombination_rate"] = -1.0e-8
    file = write(tmp_path, json.dumps(config, indent=indent), "mine.json")
    assert complaint(file).startswith(f"{HEADER}  {file}:")


@pytest.mark.parametrize("block", ["", "# nothing but this comment\n"])
def test_a_later_file_may_be_small(tmp_path, block):
    file = write(tmp_path, f"{block}seed: 3\n")
    assert read_files(QUICKSTART, file).seed == 3


# Several files, several mistakes ----------------------------------------------------------------


def test_the_file_that_has_the_key_is_named(tmp_path):
    text = dump(**{"training.epochs": 0})
    base = write(tmp_path, text, "base.yaml")
    overlay = write(tmp_path, "training:\n  patience: 7\n")
    line = line_of(text, "  epochs:")
    assert complaint(base, overlay) == (
        f"{HEADER}  {base}:{line}: training.epochs is 0, must be at least 1"
    )


def test_of_two_files_that_have_the_key_the_later_is_named(tmp_path):
    first = write(tmp_path, "training: {epochs: 0}\n", "first.yaml")
    second = write(tmp_path, "\ntraining:\n  epochs: -1\n", "second.yaml")
    assert complaint(QUICKSTART, first, second).splitlines()[1:] == [
        f"  {second}:3: training.epochs is -1, must be at least 1"
    ]


def test_a_later_file_corrects_an_earlier_one(tmp_path):
    first = write(tmp_path, "training: {epochs: 0}\n", "first.yaml")
    second = write(tmp_path, "training: {epochs: 3}\n", "second.yaml")
    assert read_files(QUICKSTART, first, second).training.epochs == 3


def test_the_file_is_named_where_no_line_can_be(tmp_path):
    file = write(tmp_path, dump(target=None))
    assert complaint(file) == f"{HEADER}  {file}: target is missing: add it"


def test_without_files_the_key_alone_is_named():
    config = quickstart()
    config["seed"] = -1
    with pytest.raises(CoalflowError) as caught:
        read_config(config)
    assert str(caught.value) == f"{HEADER}  seed is -1, must be at least 0"


def test_mistakes_of_values_are_all_reported_at_once(tmp_path):
    overlay = "seed: -1\nencoding: {site: 4}\nsimulation:\n  replicates: 1\n  mutation_rate: 1e-8\n"
    file = write(tmp_path, overlay)
    assert [line.split()[:2] for line in complaint(QUICKSTART, file).splitlines()[1:]] == [
        [f"{file}:2:", "encoding.site"],
        [f"{file}:1:", "seed"],
        [f"{file}:5:", "simulation.mutation_rate"],
        [f"{file}:4:", "simulation.replicates"],
    ]


def test_mistakes_between_values_are_all_reported_at_once(tmp_path):
    overlay = """
split: {train: 0.7}
simulation: {demography: {population_size: 9000, histories: {constant: [{start_size: 1}]}}}
genomes: {simulated: {samples: [a], ancestral: REF}, mine: {}}
"""
    file = write(tmp_path, overlay)
    assert sorted(line.split()[1] for line in complaint(QUICKSTART, file).splitlines()[1:-1]) == [
        "genomes.mine",
        "genomes.simulated.ancestral",
        "genomes.simulated.samples",
        "simulation.demography.histories.constant",
        "simulation.demography.population_size",
        "split",
    ]


def test_of_very_many_mistakes_the_first_are_reported():
    config = quickstart()
    config["simulation"]["grid"]["population_size"] = [-1.5 - size for size in range(2000)]
    with pytest.raises(CoalflowError) as caught:
        read_config(config)
    header, *lines, last = str(caught.value).splitlines()
    assert (f"{header}\n", len(lines), last) == (HEADER, 50, "  and 1,950 more")


def test_each_missing_key_is_reported_once():
    with pytest.raises(CoalflowError) as caught:
        read_config({"run": "mine"})
    assert sorted(str(caught.value).splitlines()[1:]) == [
        "  seed is missing: add it",
        "  simulation is missing: add it",
        "  target is missing: add it",
    ]


def test_several_unknown_keys_are_each_reported_once(tmp_path):
    file = write(tmp_path, "encoding:\n  site: 4\n  oder: sampled\n")
    assert complaint(QUICKSTART, file).splitlines()[1:] == [
        f"  {file}:3: encoding.oder is not a recognised key; did you mean order?",
        f"  {file}:2: encoding.site is not a recognised key; did you mean sites?",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 1\nrun: mine\nseed: 2\n", "3: seed is given a second time, the first is in line 1"),
        (
            "training:\n  epochs: 1\n  threads: 1\n  epochs: 2\n",
            "4: training.epochs is given a second time, the first is in line 2",
        ),
        (
            "simulation:\n  demography:\n    histories:\n      odd:\n"
            "        - start_size: 1\n          start_size: 2\n",
            "6: simulation.demography.histories.odd.0.start_size is given a second time, the first "
            "is in line 5",
        ),
    ],
)
def test_a_repeated_key(tmp_path, text, message):
    """YAML would silently take the last one."""
    file = write(tmp_path, text)
    assert complaint(QUICKSTART, file) == f"{HEADER}  {file}:{message}: delete one"


def test_the_same_key_in_two_sections_is_no_repetition(tmp_path):
    file = write(
        tmp_path,
        "genomes:\n  a: {step: 1, simulate: &s {population_size: 5, "
        "sequence_length: 9}}\n  b: {step: 1, simulate: *s}\n",
    )
    assert set(read_files(QUICKSTART, file).genomes) == {"simulated", "a", "b"}


# Keys that are deleted --------------------------------------------------------------------------


def test_a_later_file_turns_a_fixed_rate_into_a_prior(tmp_path):
    prior = "prior: {mutation_rate: {uniform: [1.0e-9, 1.0e-8]}}"
    without = write(tmp_path, f"genomes: null\nsimulation: {{{prior}}}\n", "without.yaml")
    assert complaint(QUICKSTART, without).splitlines()[1:] == [
        f"  {QUICKSTART}:{line_of(QUICKSTART.read_text(), '  mutation_rate')}: "
        "simulation.mutation_rate is also given in simulation.prior.mutation_rate: delete one",
        "  A later config file deletes a key of an earlier one with null, as in "
        "`mutation_rate: null`",
    ]
    for null in ("null", "~", "Null"):
        file = write(tmp_path, f"genomes: null\nsimulation: {{{prior}, mutation_rate: {null}}}\n")
        simulation = read_files(QUICKSTART, file).simulation
        assert simulation.mutation_rate is None
        assert list(simulation.prior) == ["mutation_rate"]


def test_null_deletes_sections_and_kinds_of_distributions(tmp_path):
    first = write(tmp_path, "simulation: {prior: {x: {uniform: [0, 1]}}}\n", "first.yaml")
    kind = "{uniform: null, log_uniform: [1.0e-9, 1.0e-8]}"
    second = write(
        tmp_path,
        f"genomes: null\nsimulation:\n  mutation_rate: null\n  prior: {{x: {kind}, "
        "mutation_rate: {formula: x}}\n",
    )
    config = read_files(QUICKSTART, first, second)
    assert not config.genomes
    assert config.simulation.prior["x"].kind == "log_uniform"
    third = write(tmp_path, "simulation: {mutation_rate: 1.0e-8, prior: null}\n", "third.yaml")
    assert not read_files(QUICKSTART, first, second, third).simulation.prior


def test_a_section_that_a_merge_does_not_empty(tmp_path):
    """Snakemake merges keys, so {} changes nothing."""
    file = write(tmp_path, "genomes: {}\n")
    assert "genomes is {}, which leaves the keys" in complaint(QUICKSTART, file)
    last = write(tmp_path, "genomes: null\n", "last.yaml")
    assert not read_files(QUICKSTART, file, last).genomes
    alone = write(tmp_path, dump(genomes={}), "alone.yaml")
    assert not read_files(alone).genomes
    nothing = write(tmp_path, "{}\n", "nothing.yaml")
    assert read_files(QUICKSTART, nothing) == read_files(QUICKSTART)


def test_what_deletes_nothing_is_refused(tmp_path):
    """A null in a single file, and a key that is empty, which may be a slip."""
    message = "is empty: give it a value, or delete the key"
    file = write(tmp_path, "training: null\nobservation:\nsimulation: {draws: null}\n")
    found = [line.split(": ", 1)[1] for line in complaint(QUICKSTART, file).splitlines()[1:]]
    assert sorted(found) == [f"observation {message}", f"simulation.draws {message}"]
    alone = write(tmp_path, dump().replace("  sites: ", "  length: null\n  sites: "), "alone.yaml")
    assert complaint(alone).endswith(f"encoding.length {message}")
    emptied = write(tmp_path, "genomes:\n")
    assert complaint(QUICKSTART, emptied).endswith(f"{emptied}:1: genomes {message}")


# Configs that pass the schema and break later ---------------------------------------------------


@pytest.mark.parametrize("name", ["2024", "true", "NO", "null", "1.5", "2024-01-01", "[a]"])
def test_names_are_text(tmp_path, name):
    """Snakemake's wildcards are text: they would not find a genome by a number."""
    for text in (
        f"genomes:\n  {name}: {{simulate: {{population_size: 500, sequence_length: 9}}}}\n",
        f"simulation: {{demography: {{histories:\n  {{{name}: [{{start_size: 1.0}}]}}}}}}\n",
    ):
        file = write(tmp_path, text)
        with pytest.raises(CoalflowError) as caught:
            read_config(quickstart(), [QUICKSTART, file])
        assert f"{file}:2: " in str(caught.value)
        assert "text" in str(caught.value)


def test_a_number_too_large_for_a_float():
    config = quickstart()
    config["simulation"]["mutation_rate"] = 10**400
    with pytest.raises(CoalflowError, match=r"simulation\.mutation_rate"):
        read_config(config)


def test_as_many_shards_as_can_be_planned():
    config = quickstart()
    del config["simulation"]["grid"]["history"]
    config["simulation"]["grid"]["population_size"] = list(range(1, 51))
    config["simulation"].update(replicates=grid.MAX_SHARDS // 50, shard_size=1)
    read_config(config)


def test_more_cells_than_can_be_planned():
    config = quickstart()
    rates = [number * 1e-12 for number in range(1, 321)]
    config["simulation"]["grid"] = {"mutation_rate": rates, "recombination_rate": rates}
    for rate in ("mutation_rate", "recombination_rate"):
        del config["simulation"][rate]
    with pytest.raises(CoalflowError, match=r"simulation\.grid has 102,400 combinations"):
        read_config(config)


def test_the_name_of_a_cell_fits_into_a_file_system():
    """It is made of all gridded parameters."""
    config = quickstart()
    names = ["h" * 90, "g" * 95]
    epochs = [{"start_size": 1.0}]
    config["simulation"]["demography"]["histories"] = dict.fromkeys(names, epochs)
    config["simulation"]["grid"] = {"history": names, "population_size": [1e4, 123456.789012345]}
    config["genomes"] = {}
    read_config(config)
    for rate in ("mutation_rate", "recombination_rate"):
        config["simulation"]["grid"][rate] = [config["simulation"].pop(rate) + 1 / 3e10]
    with pytest.raises(CoalflowError) as caught:
        read_config(config)
    message = str(caught.value)
    assert "simulation.grid makes names of files of 2" in message
    assert "but 200 are possible: shorten the names of histories, or draw some" in message


# Any junk at all --------------------------------------------------------------------------------

FULL = {
    **quickstart(),
    "genomes": {
        "simulated": {"step": 3, "simulate": {"population_size": 10, "sequence_length": 99}},
        "mine": {"path": "mine.vcf", "samples": ["a", "b"], "ancestral": "AA", "step": 20},
    },
}
PRIORS = {
    **sweeps_with(
        prior={
            "dominance": {"categorical": {"values": [0.1, 0.5], "weights": [1, 2]}},
            "end_frequency": {"beta": {"a": 2, "b": "x", "low": 0.5}},
            "fixation_time": {"normal": {"mean": 100, "sd": "x * 10", "low": 0}},
            "x": {"formula": "log(3) + 1"},
        }
    ),
    "target": {"s": {"parameter": "selection_coefficient", "scale": "log"}, "diversity": {}},
    "observation": {"missing": 0.1, "individuals": 8, "like": "mine.vcf"},
    "encoding": {"pad": True, "length": 4000, "stretch": "random"},
    "training": {"batch_size": "auto", "augment": {"mirror": True, "errors": True}},
    "search": {"space": {"loss": {"categorical": ["squared", "gaussian"]}}},
}
IMPORTED = {
    "run": "imported",
    "seed": 1,
    "target": "class",
    "simulation": {
        "import": {
            "format": "ms",
            "files": {"one": ["a_*.ms"], "other": ["b.ms", "c.ms"]},
            "truth": {
                "command": {"theta": "-t"},
                "values": {"rho": 1},
                "columns": {"s": "s"},
                "tables": {"one": ["one.tsv"]},
            },
        },
        "samples": {"A": 3, "B": 4},
        "sequence_length": 1000,
        "replicates": 20,
    },
}
CONFIGS = (FULL, PRIORS, IMPORTED)


def sections(config, place=()):
    """Yield the places of all that holds other values, the outermost first."""
    if isinstance(config, (dict, list)):
        yield place
        for key, inner in config.items() if isinstance(config, dict) else enumerate(config):
            yield from sections(inner, (*place, key))


def places(config, place=()):
    """Yield the places of all values."""
    yield place
    if isinstance(config, (dict, list)):
        for key, inner in config.items() if isinstance(config, dict) else enumerate(config):
            yield from places(inner, (*place, key))


def with_value(config, place, value):
    """Return ``config`` with another value at a place; the one given stays as it was."""
    if not place:
        return value
    key, *rest = place
    if isinstance(config, list):
        return [with_value(old, rest, value) if n == key else old for n, old in enumerate(config)]
    return {**config, key: with_value(config.get(key), rest, value)}


NEARLY_VALID = ["constant", "growth", "1e-8", "a b", "", 0, 1, -1, 0.5, 1.0e300, 10**400]
SCALARS = st.sampled_from(NEARLY_VALID) | (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates()
)
KEYS = st.sampled_from(["start_size", "end_time", "path", "simulate", "history", "train"]) | SCALARS
JUNK = SCALARS | st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


# What pydantic and jsonschema say, and no person would.
FOREIGN = ("Input should", "Keys should", "validation error", "[key]", "(keys)", "(list)")


def is_answered(config, files=()):
    """Tell that a config is read or refused in plain words; any other error passes."""
    try:
        return isinstance(read_config(config, files), Config)
    except CoalflowError as error:
        message = str(error)
        foreign = [words for words in FOREIGN if words in message and words not in repr(config)]
        return len(message.splitlines()) > 1 and not foreign


@st.composite
def spoiled_configs(draw, configs=CONFIGS):
    """Draw a config with junk in place of one of its values."""
    config = draw(st.sampled_from(configs))
    return with_value(config, draw(st.sampled_from(list(places(config)))), draw(JUNK))


@given(spoiled_configs())
@hypothesis.settings(PROPERTY, max_examples=500)
def test_junk_is_refused_or_accepted_but_never_crashes(config):
    assert is_answered(config)


@given(config=st.sampled_from(CONFIGS), data=st.data(), key=KEYS, junk=JUNK)
@hypothesis.settings(PROPERTY, max_examples=200)
def test_junk_under_a_new_key_never_crashes(config, data, key, junk):
    place = data.draw(st.sampled_from(list(sections(config))))
    assert is_answered(with_value(config, (*place, key), junk))


@given(spoiled_configs([quickstart()]))
@PROPERTY
def test_junk_that_no_file_holds_never_crashes(config):
    """As with ``--config``: lines are looked for in a file that has other values."""
    assert is_answered(config, [QUICKSTART])
