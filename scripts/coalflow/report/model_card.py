"""The card of a model as a page in Markdown, for people who have the model alone."""

import pathlib
from collections.abc import Iterator, Sequence

import jinja2

from coalflow.config.schema.observation import Observation
from coalflow.evaluation.cards import Card
from coalflow.evaluation.metrics import list_compared_metrics
from coalflow.evaluation.model_description import ModelDescription, ReportedScore
from coalflow.genomes.windows.window_flags import explain_flags
from coalflow.models.recipe_words import describe_recipe
from coalflow.report.figures.drawing import find_title
from coalflow.report.parameters import describe_individuals
from coalflow.report.scores import Score, format_interval
from coalflow.report.sequencing import compute_missing
from coalflow.report.wording import format_number, format_percent

TEMPLATES = pathlib.Path(__file__).resolve().parent / "templates"


def render_model_card(description: ModelDescription, cards: Sequence[Card]) -> str:
    """Return the page about a model.

    Parameters
    ----------
    description : ModelDescription
        What is known of the model as a whole.
    cards : sequence of Card
        Of a baseline, or of the restarts of a net.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(titled=find_title, listed=_join_lines)
    card = cards[0]
    return environment.get_template("model_card.md.j2").render(
        described=description,
        card=card,
        cards=cards,
        command=_write_command(description, card),
        needs=list(list_needs(card)),
        flags=explain_flags(card.view.encoding, card.trained_on.windows),
        targets=list(_list_targets(card)),
        scores=_select_scores(description, card),
        certainty=list(_list_certainty(description, card)),
        recipe=None if card.net is None else describe_recipe(card.net.recipe),
        interval=lambda score: format_interval(Score(*_list_ends(score))),
        number=format_number,
    )


def list_needs(card: Card) -> Iterator[tuple[str, str]]:
    """Yield what a model needs of a genome: what it is about, and the need in words."""
    observation, encoding = card.view.observation, card.view.encoding
    individuals = describe_individuals(card.view.samples)
    yield "individuals", f"{individuals}; of a file with more, that many are drawn"
    fewest = None if card.net is None else card.net.recipe.augment.thin
    if fewest is not None and not card.view.samples.populations:
        yield "fewer individuals", f"are enough if they have {fewest:,} haplotypes or more"
    if observation.phased:
        yield "phase", "genotypes are phased"
    else:
        yield "phase", "not needed: the model sees genotypes"
    if observation.polarised:
        yield "ancestral alleles", "known: from an INFO field, a FASTA file, or as REF"
    else:
        yield "ancestral alleles", "not needed: the rarer allele is the one that is counted"
    if encoding.pad and encoding.length is not None:
        part = f"the model sees up to {encoding.sites:,} segregating sites of each"
        yield "windows", f"{encoding.length:,} bases; {part}"
    else:
        yield "windows", f"{encoding.sites:,} segregating sites, however long they are"
    yield "missing genotypes", _describe_missing(observation)
    if observation.minimum_allele_count > 1:
        count = observation.minimum_allele_count
        yield (
            "rare alleles",
            f"left out: sites where the rarer allele has fewer than {count} copies",
        )
    if observation.mask is None:
        yield "mask", "none: all bases of a window could be seen in training"
    else:
        yield "mask", "that of the genome: in training, bases outside a mask could not be seen"


def _describe_missing(observation: Observation) -> str:
    if not observation.can_be_missing:
        return "none: sites where one is missing are left out"
    share = format_percent(compute_missing(observation.missing))
    return f"may be there: {share} were missing in training"


def _write_command(description: ModelDescription, card: Card) -> str:
    """Return how a genome is scanned with the model."""
    observation = card.view.observation
    options = [
        f"--model {description.model}.zip",
        "--genome mine.vcf.gz",
        *(["--ancestral AA"] if observation.polarised else []),
        *(["--mask mask.bed"] if observation.mask is not None else []),
        "--output scanned",
    ]
    return f"python scripts/scan_genome.py {' '.join(options)}"


def _list_targets(card: Card) -> Iterator[tuple[str, str]]:
    """Yield targets, or classes, and their range in training."""
    for name, values in card.trained_on.targets.items():
        if isinstance(values, tuple):
            is_log = card.targets[name].is_log
            low, high = map(format_number, values)
            yield find_title(name), f"{low} to {high}{', learned as a logarithm' if is_log else ''}"
        else:
            yield name, f"{values:,} windows"


def _select_scores(description: ModelDescription, card: Card) -> list[ReportedScore]:
    """Return the test scores of the model as a whole, or of its restart."""
    names = {score.model for score in description.test}
    shown = description.model if description.model in names else card.name
    first = list(list_compared_metrics(card.targets))
    own = [score for score in description.test if score.model == shown]
    return sorted(own, key=lambda score: (score.target, score.metric) not in first)


def _list_certainty(description: ModelDescription, card: Card) -> Iterator[tuple[str, str, str]]:
    """Yield what is said of the certainty of the model as a whole: what, before and after."""
    names = {each.model for each in description.certainty}
    shown = description.model if description.model in names else card.name
    found: dict[tuple[str, str], dict[str, str]] = {}
    for each in description.certainty:
        if each.model == shown:
            is_error = each.what == "calibration error"
            ends = [
                format_number(value) if is_error else format_percent(value)
                for value in (each.value, each.ci_low, each.ci_high)
            ]
            words = f"{ends[0]} [{ends[1]}, {ends[2]}]"
            found.setdefault((each.target, each.what), {})[each.stage] = words
    for (target, what), by_stage in found.items():
        words = {"set": "90 % sets hold", "interval": "90 % intervals hold"}.get(
            what, "expected calibration error"
        )
        yield (
            f"{find_title(target)}: {words}",
            by_stage.get("before", "–"),
            by_stage.get("after", "–"),
        )


def _list_ends(score: ReportedScore) -> Iterator[float]:
    for value in (score.value, score.ci_low, score.ci_high):
        yield float("nan") if value is None else value


def _join_lines(text: str) -> str:
    """Return text for a cell of a table: in one line, without what would end the cell."""
    return " ".join(text.split()).replace("|", "\\|")
