"""What each program is given, made from the config.

The Snakefile, ``snakemake check``, tests and benchmarks all take settings from here.
"""

import json

from coalflow.config.fields.section import Section
from coalflow.config.histories.demes_file import HistoryOrigin, read_origin
from coalflow.config.settings.interpreting.making_interpretation import (
    InterpretationSettingsMaker,
)
from coalflow.config.settings.judging.making_robustness import RobustnessSettingsMaker
from coalflow.config.settings.making_genomes import GenomeSettingsMaker
from coalflow.config.settings.making_models import ModelSettingsMaker
from coalflow.config.settings.power.making_power import PowerSettingsMaker
from coalflow.config.settings.reporting import CheckSettings, ReportSettings


class SettingsMaker(
    PowerSettingsMaker,
    RobustnessSettingsMaker,
    ModelSettingsMaker,
    InterpretationSettingsMaker,
    GenomeSettingsMaker,
):
    """Makes the settings of all programs of a run."""

    def report(self, snakemake: str) -> ReportSettings:
        """Return the settings for the report, made with a version of Snakemake."""
        demes = self.config.simulation.demography.demes
        return ReportSettings(
            config=self.config,
            written=self.config.as_written(),
            snakemake=snakemake,
            origin=HistoryOrigin() if demes is None else read_origin(demes),
        )

    def check(self, cores: int) -> CheckSettings:
        """Return the settings for the check before a run, for a number of cores."""
        return CheckSettings(
            config=self.config, recombination_map=self.recombination_map, cores=cores
        )


def write_settings(settings: Section, code: str) -> str:
    """Return settings as the JSON text that a program is given.

    Snakemake compares this text with the last run's, and runs the rule again when it differs.

    Parameters
    ----------
    settings : Section
    code : str
        A digest of the program's code.
    """
    return json.dumps({**settings.as_json(), "code": code})
