"""Settings of the programs that try models on other data than those in training."""

import functools
from collections.abc import Iterable

from coalflow.config import grid
from coalflow.config.grid import Cell
from coalflow.config.judging.conditions import DEMOGRAPHY, OBSERVED, Condition, list_conditions
from coalflow.config.registry.parameters import PARAMETERS
from coalflow.config.schema.distributions import Value
from coalflow.config.settings.judging.robustness import ConditionSettings, RobustnessSettings
from coalflow.config.settings.making_simulations import SimulationSettingsMaker
from coalflow.config.settings.simulating import SimulateSettings

ROBUSTNESS = "robustness"  # what the names of the streams of random numbers begin with


class RobustnessSettingsMaker(SimulationSettingsMaker):
    """Makes the settings of the programs that try models on other data than those in training."""

    @functools.cached_property
    def conditions(self) -> dict[str, Condition]:
        """The conditions under which models are tried, by name."""
        return {condition.folder: condition for condition in list_conditions(self.config)}

    @functools.cached_property
    def changed_cells(self) -> dict[str, dict[str, Cell]]:
        """The cells that are simulated for each condition, by the names of both."""
        return {
            name: self._change_run(condition).cells
            for name, condition in self.conditions.items()
            if condition.config is not None
        }

    def _change_run(self, condition: Condition) -> SimulationSettingsMaker:
        assert condition.config is not None  # or nothing is simulated
        has_map = condition.config.simulation.recombination_map is not None
        return SimulationSettingsMaker(
            condition.config, self.recombination_map if has_map else None
        )

    def robustness_ranges(self, condition: str) -> list[tuple[int, int]]:
        """Return first replicate and number of replicates of each shard of a condition's cells."""
        section = self.config.evaluation.robustness
        assert section is not None  # or there are no conditions
        replicates = -(-section.windows // len(self.changed_cells[condition]))
        return grid.list_shard_ranges(replicates, self.config.simulation.shard_size)

    def simulate_robustness(self, condition: str, cell: str, shard: int) -> SimulateSettings:
        """Return the settings for a shard of windows to try models on."""
        run = self._change_run(self.conditions[condition])
        windows = run.simulate(run.cells[cell], *self.robustness_ranges(condition)[shard])
        return windows.model_copy(update={"cell": f"{ROBUSTNESS}/{condition}/{cell}"})

    def robustness(self, models: Iterable[str]) -> RobustnessSettings:
        """Return the settings for trying models, named by their folders."""
        config = self.config
        return RobustnessSettings(
            seed=config.seed,
            models=tuple(models),
            packed=(*config.models.nets, *config.baselines),
            view=self.view,
            shard_size=config.simulation.shard_size,
            conditions=tuple(self._describe(each) for each in self.conditions.values()),
            usual=self._find_usual(),
        )

    def _describe(self, condition: Condition) -> ConditionSettings:
        described = ConditionSettings(
            folder=condition.folder, key=condition.key, value=condition.value
        )
        if condition.config is None:
            return described
        ranges = self.robustness_ranges(condition.folder)
        simulated = {
            "replicates": sum(count for _, count in ranges),
            "cells": tuple(self.changed_cells[condition.folder]),
        }
        return described.model_copy(update=simulated)

    def _find_usual(self) -> dict[str, Value]:
        """Return the run's own value of each key, where it has one that is not measured."""
        found: dict[str, Value | None] = {}
        for key in {condition.key for condition in self.conditions.values()} - {DEMOGRAPHY}:
            if key in OBSERVED:
                found[key] = getattr(self.config.observation, key)
            elif key in PARAMETERS:
                found[key] = self.config.simulation.single_value(key)
        return {key: value for key, value in sorted(found.items()) if value is not None}
