"""The methods of a run in words, from its config: what it really did, and no more."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from coalflow import read_version
from coalflow.config.histories.demes_file import HistoryOrigin
from coalflow.config.schema.whole import Config
from coalflow.evaluation.cards import Card
from coalflow.models.recipe_words import describe_recipe
from coalflow.report.dataset import DatasetSummary, describe_split
from coalflow.report.figures.drawing import find_title
from coalflow.report.genomes.found_regions import Sought
from coalflow.report.methods.references import OF_NETS, SOURCES
from coalflow.report.methods.sources import Source
from coalflow.report.opening.model_answers import BASELINES
from coalflow.report.parameters import describe_epochs, describe_individuals
from coalflow.report.sequencing import Sequencing
from coalflow.report.targets import describe_populations
from coalflow.report.wording import (
    format_count,
    format_percent,
    join_names,
)

COALFLOW = Source(
    "coalflow",
    "misc",
    ("{The coalflow authors}",),
    "coalflow: neural nets trained on coalescent simulations, applied to real genomes",
    2026,
)
STRETCHES = {"central": "the middle", "first": "the first", "random": "a random stretch of"}
ORDERS = {
    "sampled": "in the order of the file",
    "similarity": "ordered by similarity",
    "frequency": "ordered by their number of minor or derived alleles",
}


@dataclasses.dataclass(frozen=True)
class Methods:
    """The methods of a run.

    Attributes
    ----------
    paragraphs : list of (str, str)
        Each with its heading.
    sources : list of Source
        What they cite, by author and year.
    """

    paragraphs: list[tuple[str, str]]
    sources: list[Source]

    def write_markdown(self) -> str:
        """Return them as a text, with the list of references."""
        parts = ["# Methods\n"]
        parts += [f"**{heading}.** {text}\n" for heading, text in self.paragraphs]
        parts.append("## References\n")
        parts += [f"- {source.describe_source()} {source.link}".rstrip() for source in self.sources]
        return "\n".join(parts) + "\n"

    def write_bibtex(self) -> str:
        """Return what they cite as a ``.bib`` file."""
        return "\n\n".join(source.write_bibtex() for source in self.sources) + "\n"


class MethodsWriter:
    """Writes the methods of a run, and remembers what they cite.

    Parameters
    ----------
    config : Config
    dataset : DatasetSummary
    sequencing : Sequencing
    cards : mapping of str to Card
        Of the first training of each net.
    sought : Sought, optional
        Which regions of genomes are looked for; None where windows have no p-values.
    origin : HistoryOrigin
        Of the history in a demes file.
    versions : mapping of str to str
        Of the programs that made the run.
    """

    def __init__(
        self,
        config: Config,
        dataset: DatasetSummary,
        sequencing: Sequencing,
        cards: Mapping[str, Card],
        sought: Sought | None,
        origin: HistoryOrigin,
        versions: Mapping[str, str],
    ) -> None:
        self.config, self.dataset, self.sequencing = config, dataset, sequencing
        self.cards, self.sought = cards, sought
        self.origin, self.versions = origin, versions
        self._cited: dict[str, Source] = {}

    def write_methods(self) -> Methods:
        """Return the methods."""
        parts = {
            "Simulations": [*self._describe_simulations(), *self._describe_history()],
            "Observation and encoding": self._describe_windows(),
            "Models": self._describe_models(),
            "Uncertainty": self._describe_uncertainty(),
            "Genomes": self._describe_genomes(),
            "Software": self._describe_software(),
        }
        texts = [(heading, " ".join(sentences)) for heading, sentences in parts.items()]
        sources = sorted(self._cited.values(), key=lambda source: source.key.lower())
        return Methods([(heading, text) for heading, text in texts if text], sources)

    def _cite(self, *keys: str) -> str:
        """Return sources as a text cites them, in brackets."""
        cited = [SOURCES[key] for key in keys]
        self._cited.update({source.key: source for source in cited})
        return f"({'; '.join(source.citation for source in cited)})"

    def _describe_simulations(self) -> Iterator[str]:
        config, dataset = self.config, self.dataset
        windows, who = format_count(dataset.replicates), describe_individuals(config.samples)
        if config.simulation.imported is not None:
            yield f"{windows} windows of {who} were simulated elsewhere and imported."
            return
        yield (
            f"We simulated {windows} windows of {who} with msprime {self.versions['msprime']} "
            f"{self._cite('Baumdicker2022')}, under the neutral coalescent with recombination and "
            "infinite sites."
        )
        if config.simulation.has_sweeps:
            yield (
                "While an allele sweeps, coalflow simulates the coalescent on two backgrounds, "
                "along Wright-Fisher trajectories of its frequency."
            )
        drawn = set(config.simulation.prior or {})
        known = {name: words for name, words in dataset.parameters if words}
        titles = {find_title(name): name for name in drawn}
        fixed = [f"{name} {words}" for name, words in known.items() if name not in titles]
        yield f"The parameters were: {'; '.join(fixed)}."
        priors = [f"{name} {words}" for name, words in known.items() if name in titles]
        if priors:
            yield f"Others were drawn afresh for every window: {'; '.join(priors)}."
        if config.simulation.has_sweeps:
            yield "The fitnesses of genotypes are 1, 1 + hs and 1 + s."
        if dataset.relabelled:
            yield (
                f"In {format_count(dataset.relabelled)} windows no lineage moved by the gene flow "
                "that was simulated, so they count as windows without it."
            )

    def _describe_history(self) -> Iterator[str]:
        demography = self.config.simulation.demography
        if self.config.simulation.imported is not None:
            return
        if demography.stdpopsim is not None:
            yield (
                f"The demographic history is {demography.stdpopsim} of the stdpopsim catalogue "
                f"{self._cite('Adrion2020')}, which names its source."
            )
        elif demography.demes is not None:
            by_doi = {source.doi: source.key for source in SOURCES.values()}
            known = [by_doi[doi] for doi in self.origin.dois if doi in by_doi]
            others = [f"doi:{doi}" for doi in self.origin.dois if doi not in by_doi]
            cited = [self._cite(*known)] if known else []
            name = self.origin.description or demography.demes
            yield (
                f"The demographic history, in the format of demes {self._cite('Gower2022')}, is: "
                f"{' '.join([name, *cited, *others])}."
            )
        elif demography.histories:
            described = [
                f"{name} ({describe_epochs([epoch.as_json() for epoch in epochs])})"
                for name, epochs in demography.histories.items()
            ]
            yield f"Population sizes, relative to today's, were: {'; '.join(described)}."
        else:
            yield "The population size was constant."

    def _describe_windows(self) -> Iterator[str]:
        encoding, losses = self.config.encoding, self.sequencing.losses
        if losses:
            hidden = "; ".join(f"{loss.what}: {loss.simulations}" for loss in losses)
            like = f", modelled on {self.sequencing.file.path}" if self.sequencing.file else ""
            yield f"To resemble sequenced data{like}, part of the truth was hidden ({hidden})."
        polarised = "derived" if self.config.observation.polarised else "rarer"
        part = f"{STRETCHES[encoding.stretch]} {encoding.sites} segregating sites"
        length = f" of {encoding.length:,} bases" if encoding.pad and encoding.length else ""
        yield (
            f"Each window{length} was encoded as {part}{', padded' if encoding.pad else ''}, "
            f"for {self.config.samples.number_of_haplotypes} haplotypes "
            f"{ORDERS[encoding.order]}, with the {polarised} allele coded 1."
        )

    def _describe_models(self) -> Iterator[str]:
        config = self.config
        yield describe_split(config.split)
        titles = [
            f"{find_title(name)}{describe_populations(target)}" for name, target in config.targets
        ]
        classes = f" ({', '.join(config.targets.classes)})" if config.targets.classes else ""
        yield f"The target was {join_names(titles)}{classes}."
        for net, card in self.cards.items():
            sources = OF_NETS.get(net, ())
            cited = f" {self._cite(*sources)}" if sources else ""
            assert card.net is not None  # the card of a net has it
            restarts = config.models.restarts
            times = f", {restarts} times from different random weights" if restarts > 1 else ""
            recipe = describe_recipe(card.net.recipe).replace("_", " ")
            yield (
                f"The net {net}{cited} was trained with PyTorch {self.versions['torch']} "
                f"{self._cite('Paszke2019')}{times} ({recipe})."
            )
        if config.baselines:
            named = [f"{name} ({BASELINES[name]})" for name in config.baselines]
            yield (
                f"Baselines, fitted with scikit-learn {self.versions['scikit-learn']} "
                f"{self._cite('Pedregosa2011')}, were: {'; '.join(named)}."
            )
        yield (
            "The best epoch and the best model were chosen on validation windows; test windows "
            "were used once, for scores with 95 % bootstrap intervals."
        )
        yield (
            "Nets were interpreted by linear probes of their layers, by shuffling, by occlusion "
            f"and by integrated gradients {self._cite('Sundararajan2017')}"
            + (
                f", and restarts compared by CKA {self._cite('Kornblith2019')}."
                if config.models.restarts > 1
                else "."
            )
        )

    def _describe_uncertainty(self) -> Iterator[str]:
        if self.config.targets.has_classes:
            yield (
                "Probabilities were calibrated on validation windows by temperature or vector "
                f"scaling, or left as they are, whichever predicts them best "
                f"{self._cite('Guo2017')}; 90 % sets of classes are label-conditional conformal "
                f"sets {self._cite('Vovk2012')}."
            )
        else:
            yield (
                "90 % intervals are by locally scaled split conformal prediction on validation "
                f"windows {self._cite('Lei2018')}."
            )

    def _describe_genomes(self) -> Iterator[str]:
        config = self.config
        if not config.genomes:
            return
        files = [genome.path for genome in config.genomes.values() if genome.path]
        simulated = len(config.genomes) - len(files)
        named = [*files, *([f"{simulated} simulated by the workflow"] if simulated else [])]
        yield f"Genomes that were scanned in such windows: {join_names(named)}."
        if self.sought is not None:
            yield from self._describe_null()
        yield (
            f"Windows that are more unlike the training windows than all but "
            f"{format_percent(config.novelty.false_alarms)} of simulated windows are flagged as "
            "novel."
        )

    def _describe_null(self) -> Iterator[str]:
        significance = self.config.significance
        null = (
            f" and {format_count(significance.windows)} windows of long neutral simulations, which "
            "were scanned like a genome"
            if significance.windows
            else ""
        )
        mean = ""
        if significance.windows and significance.neighbours:
            number = 2 * significance.neighbours
            mean = f" whose scores, averaged with those of {number} neighbours, have"
        yield (
            f"p-values are shares of a null: neutral validation and test windows{null}. Adjacent "
            f"windows{mean or ' with'} p at most {significance.p:g} make a region; regions are "
            f"reported at a false discovery rate of {format_percent(significance.fdr)} "
            f"{self._cite('Benjamini1995')}."
        )

    def _describe_software(self) -> Iterator[str]:
        self._cited[COALFLOW.key] = COALFLOW
        versions = [
            f"{name} {version}" for name, version in self.versions.items() if name != "snakemake"
        ]
        yield (
            f"All steps were run by coalflow {read_version()}, a Snakemake workflow "
            f"(Snakemake {self.versions['snakemake']}; {self._cite('Molder2021').strip('()')}), "
            f"with {join_names(versions)}; statistics of tree sequences are by tskit "
            f"{self._cite('Ralph2020')}. The seed was {self.config.seed}."
        )
