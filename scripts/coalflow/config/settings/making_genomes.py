"""Settings of the programs that read genomes."""

from collections.abc import Iterable, Sequence
from typing import Any

from coalflow.config.genomes.parts import count_parts
from coalflow.config.schema.genomes import ScanFormat
from coalflow.config.settings.genome_options import GenomeOptions, make_genome_options
from coalflow.config.settings.observing import (
    DrawContigsSettings,
    DrawRegionsSettings,
    ExportScanSettings,
    JoinScanSettings,
    MeasureContigsSettings,
    MeasureObservationSettings,
    ObserveGenomeSettings,
    PlanGenomeSettings,
    ReadContigsSettings,
    ScanSettings,
)
from coalflow.config.settings.references.making_references import ReferenceSettingsMaker


class GenomeSettingsMaker(ReferenceSettingsMaker):
    """Makes the settings of the programs that read genomes."""

    def count_measured_parts(self) -> int:
        """Return how many jobs read the file that simulations resemble; 0 without one."""
        like = self.config.observation.like_file
        return 0 if like is None else count_parts(like.path, None)

    def measure_contigs(self, part: int) -> MeasureContigsSettings:
        """Return the settings for the measurement of a part of the file that is resembled."""
        like = self.config.observation.like_file
        assert like is not None  # there is no such job without it
        return MeasureContigsSettings(
            like=like,
            ploidy=self.config.samples.ploidy,
            part=part,
            parts=self.count_measured_parts(),
        )

    def measure_observation(self) -> MeasureObservationSettings:
        """Return the settings for what is measured of the file that simulations resemble."""
        return MeasureObservationSettings(
            observation=self.config.observation,
            samples=self.config.samples,
            parts=self.count_measured_parts(),
        )

    def genome_options(self, genome: str) -> GenomeOptions:
        """Return how a genome is read, and cut into windows."""
        config, section = self.config, self.config.genomes[genome]
        if section.samples is None and section.simulate is not None:
            section = section.model_copy(update={"samples": self._name_simulated_individuals()})
        return make_genome_options(
            section,
            config.encoding,
            config.seed,
            fewest=None,  # baselines read all haplotypes
            mask=config.observation.mask,
        )

    def _name_simulated_individuals(self) -> dict[str, tuple[str, ...]] | None:
        """Return how tskit names the individuals that are observed of each population.

        Returns None where there is one population.
        """
        names, first = {}, 0
        fewer = self.config.observation.individuals
        observed = fewer if isinstance(fewer, dict) else {}
        for population, number in self.config.samples.individuals:
            kept = observed.get(population, number)
            names[population] = tuple(f"tsk_{first + index}" for index in range(kept))
            first += number
        return names if len(names) > 1 else None

    def count_parts(self, genome: str) -> int:
        """Return how many jobs read a genome, and scan it."""
        section = self.config.genomes[genome]
        return count_parts(section.path, section.parts)

    def plan_genome(self, genome: str) -> PlanGenomeSettings:
        """Return the settings for the plan by which a genome is read."""
        observation = self.config.observation
        fewer = observation.individuals if isinstance(observation.individuals, dict) else {}
        return PlanGenomeSettings(
            options=self.genome_options(genome).for_reading(),
            samples=self.config.samples.fewer(fewer),
            phased=observation.phased,
            parts=self.count_parts(genome),
        )

    def read_contigs(self, genome: str, part: int) -> ReadContigsSettings:
        """Return the settings for the reading of a part of a genome."""
        return ReadContigsSettings(options=self.genome_options(genome).for_alleles(), part=part)

    def observe_genome(self, genome: str) -> ObserveGenomeSettings:
        """Return the settings for the description of a genome."""
        target = self.config.targets.at_sites
        return ObserveGenomeSettings(
            options=self.genome_options(genome),
            samples=self.config.samples,
            encoding=self.config.encoding,
            block_length=self.block_length,
            block_windows=self.config.significance.block,
            show=self.config.genomes[genome].show,
            show_regions=self.config.genomes[genome].show_regions,
            genes=self.config.genomes[genome].genes,
            painted=None if target is None else target.of[0],
        )

    def scan(self, genome: str, models: Iterable[str], part: int) -> ScanSettings:
        """Return the settings for the scan of a part by models, named by their folders."""
        return ScanSettings(
            options=self.genome_options(genome),
            samples=self.config.samples,
            models=tuple(models),
            packed=(*self.config.models.nets, *self.config.baselines),
            part=part,
            parts=self.count_parts(genome),
        )

    def join_scan(self, genome: str, models: Sequence[str]) -> JoinScanSettings:
        """Return the settings for the results of a scan by models, named by their folders."""
        return JoinScanSettings(**self._describe_scan(genome, models))

    def draw_contigs(self, genome: str, models: Sequence[str]) -> DrawContigsSettings:
        """Return the settings for pictures of contigs, with models named by their folders."""
        return DrawContigsSettings(
            **self._describe_scan(genome, models),
            pictures=self.config.genomes[genome].name_pictures(),
        )

    def draw_regions(self, genome: str, models: Sequence[str]) -> DrawRegionsSettings:
        """Return the settings for pictures of regions, with models named by their folders."""
        section = self.config.genomes[genome]
        return DrawRegionsSettings(
            **self._describe_scan(genome, models),
            options=self.genome_options(genome),
            samples=self.config.samples,
            top=section.number_of_top_regions,
            named=section.show_regions,
        )

    def export_scan(
        self, genome: str, models: Sequence[str], format: ScanFormat
    ) -> ExportScanSettings:
        """Return the settings for a format of a scan by models, named by their folders."""
        return ExportScanSettings(**self._describe_scan(genome, models), format=format)

    def _describe_scan(self, genome: str, models: Sequence[str]) -> dict[str, Any]:
        """Return what all programs are given that read the tables of a scan."""
        options = self.genome_options(genome)
        return {
            "parts": self.count_parts(genome),
            "model": models[0],
            "packed": (*self.config.models.nets, *self.config.baselines),
            "genes": self.config.genomes[genome].genes,
            "step": options.step if options.windows is None else None,
        }
