"""Species: sizes and rates far from the catalogue are found, and only those."""

import re

import numpy as np
import pytest
import scipy.stats
from helpers.data import constant_history, make_samples

from coalflow.core import seeds
from coalflow.preflight import species
from coalflow.preflight.findings import Finding
from coalflow.simulation import neutral
from coalflow.windows import shards

NAME_OF_RATE = "recombination_rate, stdpopsim"
RATES = {"mutation_rate": 1.3e-8, "recombination_rate": 1.2e-8, "sequence_length": 20_000}


def shard_of(size, folder, replicates=200, **rates):
    """Simulate a shard of a population of constant size."""
    parameters, history = {**RATES, **rates}, constant_history(size)
    writer = shards.ShardWriter()
    for number in range(replicates):
        seed = seeds.derive_replicate_seed(5, "a", number)
        writer.add(
            neutral.simulate_window(history, {"population": 5}, parameters, seed), number, seed
        )
    truth = {f"parameter/{name}": np.full(replicates, v) for name, v in parameters.items()}
    path = folder / "shard.npz"
    writer.write(path, truth, shards.ShardMeta(cell="a", samples=make_samples(5)))
    return shards.read_shard(path)


def findings_of(identifier, *made):
    entries = species.compare_with_species(identifier, None, made)
    return [entry for entry in entries if isinstance(entry, Finding)]


def part_of(shard, rows):
    """Return some replicates of a shard, a slice."""
    sites = slice(shard.offsets[rows.start], shard.offsets[rows.stop])
    return shards.Shard(
        shard.haplotypes[sites],
        shard.positions[sites],
        shard.offsets[rows.start : rows.stop + 1] - shard.offsets[rows.start],
        shard.replicate[rows],
        shard.seed[rows],
        {name: values[rows] for name, values in shard.truth.items()},
        shard.meta,
    )


def test_the_effective_size_is_that_of_a_constant_population(tmp_path):
    """Ten batches of 50 windows; two-sided at 0.001 with their own standard error."""
    shard = shard_of(10_000, tmp_path, 500)
    parts = [part_of(shard, slice(first, first + 50)) for first in range(0, 500, 50)]
    sizes = [species.estimate_effective_size(part) for part in parts]
    error = np.std(sizes, ddof=1) / len(sizes) ** 0.5
    assert abs(np.mean(sizes) - 10_000) < scipy.stats.t.isf(0.0005, len(sizes) - 1) * error
    assert error < 500


def test_the_species_own_numbers_are_no_finding(tmp_path):
    assert findings_of("HomSap", shard_of(10_000, tmp_path)) == []


def test_each_number_far_away_is_found(tmp_path):
    shard = shard_of(500, tmp_path, mutation_rate=2e-10, recombination_rate=2e-7)
    found = findings_of("HomSap", shard)
    assert len(found) == 3
    size, mutation, recombination = (one.finding for one in found)
    assert re.search(r"population_size \d+, stdpopsim 10,000: \d+ times too small", size)
    assert "mutation_rate 2.0e-10, stdpopsim 1.3e-08" in mutation
    assert "recombination_rate 2.0e-07, stdpopsim 1.3e-08: 16 times too large" in recombination
    assert "lower recombination_rate" in found[2].fix


def test_a_grid_that_reaches_the_species_is_no_finding(tmp_path):
    assert findings_of("HomSap", shard_of(300, tmp_path), shard_of(5_000, tmp_path)) == []


def test_no_recombination_is_no_slip(tmp_path):
    assert findings_of("HomSap", shard_of(10_000, tmp_path, recombination_rate=0.0)) == []


def test_sizes_of_haploid_species_are_counted_in_chromosomes(tmp_path):
    entries = species.compare_with_species("EscCol", None, [shard_of(300, tmp_path)])
    figures = {one.name: one.value for one in entries if not isinstance(one, Finding)}
    assert figures["population_size, stdpopsim"] == 1.8e8 / 2


def test_imports_without_rates_are_not_compared(tmp_path):
    shard = shard_of(300, tmp_path)
    for name in ("mutation_rate", "recombination_rate"):
        del shard.truth[f"parameter/{name}"]
    assert findings_of("HomSap", shard) == []


def test_rates_of_a_chromosome_are_its_own(tmp_path):
    shard = shard_of(300, tmp_path, replicates=2)
    for chromosome, rate in ((None, 2.14223e-8), ("2L", 2.40463e-8)):
        entries = species.compare_with_species("DroMel", chromosome, [shard])
        (figure,) = [one for one in entries if getattr(one, "name", "") == NAME_OF_RATE]
        assert figure.value == pytest.approx(rate, rel=1e-5)
