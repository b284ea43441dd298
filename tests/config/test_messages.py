import re

import pytest
import yaml
from helpers.configs import HEADER, HISTORIES, QUICKSTART, complaint, quickstart, write

from coalflow.config.loading import read_config
from coalflow.config.messages import HOW_TO_DELETE
from coalflow.config.registry.statistics import STATISTICS
from coalflow.core.errors import CoalflowError

# One mistake, added to the quickstart ----------------------------------------------------------

OVERLAYS = {
    "typo": (
        "simulation: {replicats: 3000}",
        "simulation.replicats is not a recognised key; did you mean replicates?",
    ),
    "typo at the top": (
        "encodng: {sites: 20}",
        "encodng is not a recognised key; did you mean encoding?",
    ),
    "key of nothing known": (
        "zzz: 1",
        "zzz is not a recognised key",
    ),
    "number read as text": (
        "simulation: {recombination_rate: 1e-8}",
        "simulation.recombination_rate is '1e-8', but must be a number: YAML reads 1e-8 as "
        "text, write 1.0e-8",
    ),
    "text": (
        "simulation: {recombination_rate: low}",
        "simulation.recombination_rate is 'low', but must be a number",
    ),
    "infinity as text": (
        "simulation: {recombination_rate: inf}",
        "simulation.recombination_rate is 'inf', but must be a number",
    ),
    "negative size in the grid": (
        "simulation: {grid: {population_size: [10000, -20000]}}",
        "simulation.grid.population_size.1 is -20000, must be greater than 0",
    ),
    "negative size of an epoch": (
        "simulation: {demography: {histories: {odd: [{start_size: 1.0, end_time: 500}, "
        "{start_size: -0.5}]}}}",
        "simulation.demography.histories.odd.1.start_size is -0.5, must be greater than 0",
    ),
    "negative rate": (
        "simulation: {recombination_rate: -1.0e-8}",
        "simulation.recombination_rate is -1e-08, must be at least 0",
    ),
    "rate beyond reason": (
        "simulation: {mutation_rate: 1.5}",
        "simulation.mutation_rate is 1.5, must be at most 0.01",
    ),
    "dropout of all": (
        "training: {dropout: 1}",
        "training.dropout is 1, must be less than 1",
    ),
    "nan": (
        "simulation: {mutation_rate: .nan}",
        "simulation.mutation_rate is nan, but must be a number",
    ),
    "infinite": (
        "simulation: {sequence_length: .inf}",
        "simulation.sequence_length is inf, but must be a number",
    ),
    "empty list in the grid": (
        "simulation: {grid: {population_size: []}}",
        "simulation.grid.population_size is empty: list at least one value, or delete the key",
    ),
    "repeated value in the grid": (
        "simulation: {grid: {population_size: [10000, 20000, 1.0e+4]}}",
        "simulation.grid.population_size lists a value twice: [10000, 20000, 10000.0]",
    ),
    "one value where a list belongs": (
        "simulation: {grid: {population_size: 10000}}",
        "simulation.grid.population_size is 10000, but must be a list in [ ]: write [10000]",
    ),
    "split of more than all": (
        "split: {train: 0.9}",
        "split sums to 1.1: train + validation + test must be 1",
    ),
    "split too fine": (
        "split: {train: 0.3334, validation: 0.3333, test: 0.3333}",
        "split has fractions finer than thousandths: round them",
    ),
    "fewer replicates than a block": (
        "simulation: {replicates: 100}\nsplit: {train: 0.805, validation: 0.1, test: 0.095}",
        "simulation.replicates is 100, but a split in blocks of 200 needs 400 or more",
    ),
    "more shards than can be planned": (
        "simulation: {shard_size: 1000, replicates: 11112000}",
        "simulation.shard_size makes more than 100,000 shards, each a job: make it 1,001 or larger",
    ),
    "size here and in the grid": (
        "simulation: {demography: {population_size: 10000}}",
        "simulation.demography.population_size is also given in simulation.grid.population_size: "
        "delete one",
    ),
    "history here and in the grid": (
        "simulation: {demography: {history: growth}}",
        "simulation.demography.history is also given in simulation.grid.history: delete one",
    ),
    "unknown history": (
        "simulation: {grid: {history: [constant, botleneck]}}",
        f"simulation.grid.history names 'botleneck', but the histories are: {HISTORIES}; did "
        "you mean bottleneck?",
    ),
    "unknown history of a genome": (
        "genomes: {simulated: {simulate: {history: grwth}}}",
        "genomes.simulated.simulate.history names 'grwth', but the histories are: "
        f"{HISTORIES}; did you mean growth?",
    ),
    "epochs from the youngest to the oldest": (
        "simulation: {demography: {histories: {odd: [{start_size: 1.0, end_time: 500}, "
        "{start_size: 0.5, end_time: 1000}, {start_size: 1.0}]}}}",
        "simulation.demography.histories.odd has end_times [500, 1000]: list epochs from the "
        "oldest to the youngest",
    ),
    "epoch of no length": (
        "simulation: {demography: {histories: {odd: [{start_size: 1.0, end_time: 500}, "
        "{start_size: 0.5, end_time: 500}, {start_size: 1.0}]}}}",
        "simulation.demography.histories.odd has end_times [500, 500]: list epochs from the "
        "oldest to the youngest",
    ),
    "epoch without an end": (
        "simulation: {demography: {histories: {odd: [{start_size: 1.0}, {start_size: 0.5}]}}}",
        "simulation.demography.histories.odd has an epoch without end_time before the last "
        "one: add it",
    ),
    "history that ends before today": (
        "simulation: {demography: {histories: {odd: [{start_size: 1.0, end_time: 500}]}}}",
        "simulation.demography.histories.odd ends before today: the last epoch must have no "
        "end_time",
    ),
    "history that changes before it begins": (
        "simulation: {demography: {histories: {odd: [{start_size: 1.0, end_size: 2.0, "
        "end_time: 500}, {start_size: 2.0}]}}}",
        "simulation.demography.histories.odd changes size in its first epoch, which has no "
        "beginning: make it constant",
    ),
    "history without epochs": (
        "simulation: {demography: {histories: {odd: []}}}",
        "simulation.demography.histories.odd is empty: list at least one value, or delete the key",
    ),
    "history with the built-in one's name": (
        "simulation: {demography: {histories: {constant: [{start_size: 2.0}]}}}",
        "simulation.demography.histories.constant is the built-in history without change: "
        "choose another name",
    ),
    "epoch without a size": (
        "simulation: {demography: {histories: {odd: [{end_size: 1.0}]}}}",
        "simulation.demography.histories.odd.0.start_size is missing: add it",
    ),
    "genome of neither kind": (
        "genomes: {mine: {step: 10}}",
        "genomes.mine has neither `path` nor `simulate`: give one",
    ),
    "search of a key that is no recipe's": (
        "search: {space: {epochs: {uniform: [1, 9]}}}",
        "search.space.epochs is 'epochs', but must be one of: patience, batch_size, "
        "learning_rate, schedule, warm_up, weight_decay, clip, average, loss, dropout",
    ),
    "search beyond what training takes": (
        "search: {space: {dropout: {uniform: [0.1, 1.5]}}}",
        "search.space.dropout.uniform.1 is 1.5, must be less than 1",
    ),
    "search among what training does not take": (
        "search: {space: {schedule: {categorical: [constant, cosin]}}}",
        "search.space.schedule.categorical.1 is 'cosin', but must be one of: constant, cosine; "
        "did you mean cosine?",
    ),
    "search in no range": (
        "search: {space: {dropout: {uniform: [0.5, 0.1]}}}",
        "search.space.dropout.uniform is [0.5, 0.1]: the first must be less than the second",
    ),
    "search by logarithm from 0": (
        "search: {space: {weight_decay: {log_uniform: [0, 0.1]}}}",
        "search.space.weight_decay.log_uniform begins at 0, which has no logarithm: begin above 0",
    ),
    "search of a net that is not trained": (
        "search: {net: flagel_sweeps}",
        "search.net is 'flagel_sweeps', which is not in models.nets: use coalflow or "
        "flagel_tajimas_d",
    ),
    "genome of both kinds": (
        "genomes: {simulated: {path: mine.vcf.gz}}",
        "genomes.simulated has both `path` and `simulate`: delete one",
    ),
    "samples of a simulated genome": (
        "genomes: {simulated: {samples: [a, b]}}",
        "genomes.simulated.samples goes with `path`, not with `simulate`: delete it",
    ),
    "ancestral allele of a simulated genome": (
        "genomes: {simulated: {ancestral: AA}}",
        "genomes.simulated.ancestral goes with `path`, not with `simulate`: delete it",
    ),
    "genome's name with a space": (
        "genomes: {my species: {simulate: {population_size: 15000, sequence_length: 3000000}}}",
        "genomes.my species is 'my species': use letters, digits, '_', '.' and '-' only",
    ),
    "genome's name with letters that are not in ASCII": (
        "genomes: {Köln: {simulate: {population_size: 15000, sequence_length: 3000000}}}",
        "genomes.Köln is 'Köln': use letters from A to Z, digits, '_', '.' and '-' only",
    ),
    "run's name with a slash": (
        "run: mine/first",
        "run is 'mine/first': use letters, digits, '_', '.' and '-' only",
    ),
    "float for a whole number": (
        "simulation: {replicates: 2.5e+3}",
        "simulation.replicates is 2500.0, but must be a whole number, without '.' or 'e'",
    ),
    "infinite for a whole number": (
        "training: {epochs: .inf}",
        "training.epochs is inf, but must be a whole number",
    ),
    "true for a number": (
        "simulation: {mutation_rate: true}",
        "simulation.mutation_rate is true, but must be a number",
    ),
    "yes for a whole number": (
        "training: {threads: yes}",
        "training.threads is yes, which YAML reads as true: write true, or put it in quotes if it "
        "is text",
    ),
    "number for true or false": (
        "observation: {polarised: 1}",
        "observation.polarised is 1, but must be true or false",
    ),
    "unknown target": (
        "target: tajima_d",
        "target is 'tajima_d', but must be one of: history, population_size, "
        f"{', '.join(STATISTICS)}; did you mean tajimas_d?",
    ),
    "typo in capitals": (
        "encoding: {SITES: 20}",
        "encoding.SITES is not a recognised key; did you mean sites?",
    ),
    "typo below a name": (
        "genomes: {simulated: {stpe: 20}}",
        "genomes.simulated.stpe is not a recognised key; did you mean step?",
    ),
    "typo in a target": (
        "target: {d: {statistic: tajimas_d, scal: log}}",
        "target.d.scal is not a recognised key; did you mean scale?",
    ),
    "typo in the grid": (
        "simulation: {grid: {sequence_lenth: 5}}",
        "simulation.grid.sequence_lenth is not a recognised key; did you mean sequence_length?",
    ),
    "list for text": (
        "run: [mine]",
        "run is ['mine'], but must be text",
    ),
    "number for text": (
        "run: 2018",
        "run is 2018, but must be text: put it in quotes",
    ),
    "name that begins with a dot": (
        "run: .mine",
        "run is '.mine': begin with a letter or a digit",
    ),
    "name of nothing": (
        "run: ''",
        "run is '': write a name",
    ),
    "date": (
        "run: 2018-02-03",
        "run is 2018-02-03, which YAML reads as a date: put it in quotes if it is text",
    ),
    "number for a key that is not known": (
        "training: {7: 1}",
        "training.7 is a name that YAML does not read as text: put it in quotes",
    ),
    "number for a name": (
        "genomes: {7: {simulate: {population_size: 15000, sequence_length: 3000000}}}",
        "genomes.7 is a name that YAML does not read as text: put it in quotes",
    ),
    "date for a name": (
        "simulation: {demography: {histories: {2018-02-03: [{start_size: 1.0}]}}}",
        "simulation.demography.histories.2018-02-03 is a name that YAML does not read as text: "
        "put it in quotes",
    ),
    "text for a number or a word": (
        "training: {batch_size: all}",
        "training.batch_size is 'all', but must be a whole number or auto",
    ),
    "true for a number or a word": (
        "training: {batch_size: true}",
        "training.batch_size is true, but must be a whole number or text",
    ),
    "prior of one number": (
        "simulation: {prior: {dominance: {uniform: [0.5]}}}",
        "simulation.prior.dominance.uniform is [0.5], but must be a list of two: [lowest, highest]",
    ),
    "prior of two kinds": (
        "simulation: {prior: {dominance: {uniform: [0, 1], normal: {mean: 0, sd: 1}}}}",
        "simulation.prior.dominance has several of normal, uniform: keep one",
    ),
    "prior of no kind": (
        "simulation: {prior: {dominance: {}}}",
        "simulation.prior.dominance is empty: give one of uniform, log_uniform, normal, beta, "
        "categorical, formula, draws",
    ),
    "choice of one": (
        "simulation: {prior: {dominance: {categorical: {values: [0.5]}}}}",
        "simulation.prior.dominance.categorical.values is [0.5]: list 2 values or more",
    ),
    "value of many digits": (
        f"simulation: {{mutation_rate: 1{'0' * 400}}}",
        "simulation.mutation_rate is a number of 401 digits, more than any can have",
    ),
    "name of many letters": (
        f"run: {'a b' * 100}",
        f"run is '{'a b' * 32}...: use letters, digits, '_', '.' and '-' only",
    ),
    "name too long for a file": (
        f"run: {'ab' * 150}",
        f"run is '{'ab' * 48}...: it has 300 characters, use 100 or fewer",
    ),
    "name that ends in a new line": (
        'run: "mine\\n"',
        "run is 'mine\\n': use letters, digits, '_', '.' and '-' only",
    ),
    "key with a new line": (
        'training: {"epochs\\n": 3}',
        "training.epochs\\n is not a recognised key; did you mean epochs?",
    ),
    "number with a zero before it": (
        "training: {epochs: 08}",
        "training.epochs is '08', but must be a whole number, not text: write 8 without quotes",
    ),
    "number where keys belong": (
        "split: 0.8",
        "split is 0.8, but must be a set of keys, such as train, validation, test, given",
    ),
    "name where a list belongs": (
        "models: {nets: coalflow}",
        "models.nets is 'coalflow', but must be a list in [ ]: write [coalflow]",
    ),
    "no net": (
        "models: {nets: ''}",
        "models.nets is '', but must be a list in [ ]",
    ),
    "number beyond all": (
        "simulation: {mutation_rate: 1.0e+400}",
        "simulation.mutation_rate is 1.0e+400, which is larger than any number can be",
    ),
    "number with another base": (
        "simulation: {samples: 010}",
        "simulation.samples is 010, which YAML reads as 8: write 10 or 8",
    ),
    "number by 60": (
        "simulation: {samples: 1:10}",
        "simulation.samples is 1:10, which YAML reads as 70: write 70, or put it in quotes if it "
        "is text",
    ),
    "negative zero": (
        "simulation: {mutation_rate: -0.0}",
        "simulation.mutation_rate is -0.0, must be greater than 0",
    ),
    "target of nothing": (
        "target: {mine: {}}",
        "target.mine has no `parameter` and no `statistic`: name one there, or let its name be one "
        f"of: history, population_size, {', '.join(STATISTICS)}",
    ),
    "name of no file": (
        "genomes: {simulated: null, mine: {path: ''}}",
        "genomes.mine.path is '': write it out, or delete the key",
    ),
    "true in quotes": (
        "observation: {polarised: 'true'}",
        "observation.polarised is 'true', but must be true or false: write true without quotes",
    ),
    "number in quotes for several kinds": (
        "simulation: {samples: '5'}",
        "simulation.samples is '5', but must be a set of keys or a number: write 5 without quotes",
    ),
    "number in quotes for a number or a word": (
        "training: {batch_size: '32'}",
        "training.batch_size is '32', but must be a whole number or auto: write 32 without quotes",
    ),
    "one number as text where a list belongs": (
        "simulation: {grid: {population_size: 1e4}}",
        "simulation.grid.population_size is '1e4', but must be a list in [ ]",
    ),
    "section that merging does not empty": (
        "genomes: {}",
        "genomes is {}, which leaves the keys of an earlier file: delete it, or write null",
    ),
    "key that looks like a label": (
        "training: {'[key]': 1}",
        "training.[key] is not a recognised key",
    ),
    "section without keys": (
        "training:",
        "training is empty: give it a value, or delete the key",
    ),
}


MARK = "# <-"  # ends the line that a message must name


def marked_line(text):
    (line,) = [n for n, line in enumerate(text.splitlines(), start=1) if line.endswith(MARK)]
    return line


@pytest.mark.parametrize(("overlay", "message"), OVERLAYS.values(), ids=list(OVERLAYS))
def test_a_mistake_in_an_overlay(tmp_path, overlay, message):
    file = write(tmp_path, f"# mine\n{overlay}\n")
    found = complaint(QUICKSTART, file).removesuffix(f"\n{HOW_TO_DELETE}")
    assert found == f"{HEADER}  {file}:2: {message}"


@pytest.mark.parametrize(
    "overlay",
    [
        """
simulation:
  demography:
    histories:
      odd:
        - start_size: 1.0
          end_time: 1000
        - start_size: -2 # <-
""",
        """
simulation:
  grid:
    population_size:
      - 10000
      - true # <-
      - 30000
""",
        """
genomes:
  mine: {simulate: {population_size: 9000, sequence_length: 9000}}
  my species: # <-
    simulate: {population_size: 9000, sequence_length: 9000}
""",
        """
genomes:
  mine:
    simulate: # <-
      population_size: 9000
""",
    ],
)
def test_the_line_is_that_of_the_innermost_key(tmp_path, overlay):
    file = write(tmp_path, overlay)
    assert complaint(QUICKSTART, file).startswith(f"{HEADER}  {file}:{marked_line(overlay)}: ")


# Numbers that YAML reads as text ----------------------------------------------------------------


@pytest.mark.parametrize("text", ["1e-8", "1E-8", "125e-10", "1.23456e-8", "1.25e0", "12345e-12"])
def test_what_is_to_be_written_is_the_number_that_was_meant(text):
    config = quickstart()
    config["simulation"]["demography"]["histories"]["growth"][0]["start_size"] = text
    with pytest.raises(CoalflowError) as caught:
        read_config(config)
    suggested = yaml.safe_load(re.search(r"write (\S+)$", str(caught.value))[1])
    assert isinstance(suggested, float)
    assert suggested == float(text)


def test_a_whole_number_is_suggested_where_one_is_wanted():
    config = quickstart()
    config["simulation"]["replicates"] = "1e4"
    with pytest.raises(CoalflowError) as caught:
        read_config(config)
    assert str(caught.value).endswith("YAML reads 1e4 as text, write 10000")


@pytest.mark.parametrize("text", ["2.5e0", "1e-2", "0.5"])
def test_no_whole_number_is_suggested_for_one_that_is_not_whole(text):
    config = quickstart()
    config["simulation"]["replicates"] = text
    with pytest.raises(CoalflowError) as caught:
        read_config(config)
    assert str(caught.value).endswith(f"is {text!r}, but must be a whole number")


@pytest.mark.parametrize("text", ["20", "0.25", "1234567.125", "123456789"])
def test_a_number_in_quotes_is_the_number_that_was_meant(text):
    config = quickstart()
    config["simulation"]["sequence_length"] = text
    with pytest.raises(CoalflowError) as caught:
        read_config(config)
    suggested = re.search(r"not text: write (\S+) without quotes$", str(caught.value))[1]
    assert yaml.safe_load(suggested) == float(text)


@pytest.mark.parametrize("text", ["inf", "nan", "-Infinity", "1e999"])
def test_what_is_no_finite_number_is_never_suggested(text):
    config = quickstart()
    config["simulation"]["mutation_rate"] = text
    with pytest.raises(CoalflowError) as caught:
        read_config(config)
    assert str(caught.value).endswith(f"is {text!r}, but must be a number")
