"""The tables of keys in docs/reference/config.md are those of the typed config."""

import re

import pytest
from helpers.configs import list_described

import document_config
from coalflow.config.json_schema import make_config_schema
from coalflow.config.key_table import make_key_tables


def test_the_page_is_up_to_date():
    """`make docs` writes it."""
    assert document_config.PAGE.read_text() == document_config.write_page()


def test_every_key_is_in_a_table():
    rows = re.findall(r"^\| `([^`]+)` \|", make_key_tables(), re.MULTILINE)
    assert len(set(rows)) == len(rows)
    assert {row.split(".")[-1] for row in rows} == {
        path[-1] for path, _ in list_described(make_config_schema())
    }


@pytest.mark.parametrize(
    "row",
    [
        "| `seed` | whole number, ≥ 0, ≤ 9,007,199,254,740,991 |  | ",
        "| `simulation.samples` | whole number, ≥ 2, ≤ 100,000, or keys |  | ",
        "| `simulation.mutation_rate` | number, > 0, ≤ 0.01 |  | ",
        "| `simulation.end_frequency` | number, > 0, ≤ 1 | `1.0` | ",
        "| `simulation.import.format` | `ms` or `trees` |  | ",
        "| `simulation.demography.histories.<name>.end_time` | number, > 0, ≤ 1,000,000,000 |  | ",
        "| `simulation.grid.population_size` | list of numbers, > 0, ≤ 1,000,000,000 |  | ",
        "| `simulation.prior.<name>.beta.low` | number or text | `0` | ",
        "| `observation.missing` | number, ≥ 0, < 1 |  | ",
        "| `encoding.pad` | `true` or `false` | `false` | ",
        "| `target` | text or list of text or keys |  | ",
        "| `target.<name>.scale` | `linear` or `log` |  | ",
        "| `statistics.kinds` | "
        "list of `spectrum`, `sites`, `haplotypes`, `linkage`, `populations` "
        "| `[spectrum, sites, haplotypes, linkage, populations]` | ",
        "| `training.batch_size` | whole number, ≥ 1, ≤ 1,000,000, or `auto` |  | ",
        "| `genomes.<name>.samples` | text or list of text or keys |  | ",
        "| `genomes.<name>.samples.panel` | text |  | ",
    ],
)
def test_a_row_has_values_limits_and_default(row):
    assert f"\n{row}" in make_key_tables()
