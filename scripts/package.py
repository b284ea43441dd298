"""Pack each net and each baseline for use elsewhere: a zip, and next to its cards what is in it."""

from collections.abc import Iterator

from coalflow import read_version
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.simulation import Simulation
from coalflow.config.settings.learning import PackageSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import encode_json, replace_atomically
from coalflow.evaluation.model_description import (
    FORMAT,
    ModelDescription,
    list_certainty,
    list_comparisons,
    list_scores,
)
from coalflow.evaluation.result_tables import read_result_table
from coalflow.evaluation.scoring import read_scores
from coalflow.models.storage.package_zip import DESCRIPTION_FILE, TEXT_FILE, write_zip
from coalflow.models.storage.packages import digest_files, read_cards, read_model_files
from coalflow.report.model_card import render_model_card
from coalflow.report.parameters import describe_individuals, list_parameter_values


def main() -> None:
    """Read models and their scores; write a zip, a description and a page for each."""
    arguments = parse_arguments(
        __doc__,
        PackageSettings,
        models="folder of all models",
        results="folder of metrics.tsv, validation.tsv and the other tables of the evaluation",
        output="folder for the zips, and for the descriptions in folders of the models' names",
    )
    settings, results = arguments.settings, arguments.results
    scores, validation = (
        read_scores(results / f"{table}.tsv") for table in ("metrics", "validation")
    )
    comparisons = read_result_table(results / "comparisons.tsv")
    texts = ["model", "stage", "group"]
    coverage = read_result_table(results / "coverage.tsv", ["share"], [*texts, "kind"])
    simulated = tuple(_describe_simulation(settings.simulation))

    for name in (*settings.nets, *settings.baselines):
        restarts = range(settings.restarts) if name in settings.nets else None
        files = read_model_files(arguments.models / name, restarts)
        cards = read_cards(files, arguments.models / name)
        test = list_scores(scores, name)
        errors = None
        if cards[0].targets.has_classes:
            errors = read_result_table(results / "calibration_error.tsv", ["ece"], texts)
        description = ModelDescription(
            format=FORMAT,
            model=name,
            run=settings.run,
            coalflow=read_version(),
            about=settings.about,
            simulated=simulated,
            history=settings.graph or settings.simulation.demography.as_json().get("histories"),
            validation=list_scores(validation, name),
            test=test,
            comparisons=list_comparisons(comparisons, [score.model for score in test]),
            certainty=list_certainty(coverage, errors, [score.model for score in test]),
            files=digest_files(files),
        )
        whole = {
            DESCRIPTION_FILE: encode_json(description.as_json()),
            TEXT_FILE: render_model_card(description, cards).encode(),
        }
        for file, content in whole.items():
            with replace_atomically(arguments.output / name / file) as temporary:
                temporary.write_bytes(content)
        package = arguments.output / f"{name}.zip"
        write_zip(package, {**files, **whole})
        print(f"{package}: {package.stat().st_size / 1e3:,.0f} kB", flush=True)


def _describe_simulation(simulation: Simulation) -> Iterator[tuple[str, str]]:
    """Yield what was simulated, in words."""
    for what, name in (("species", simulation.species), ("chromosome", simulation.chromosome)):
        if name is not None:
            yield what, name
    yield (
        "individuals",
        describe_individuals(Samples.from_config(simulation.samples, simulation.ploidy)),
    )
    yield from list_parameter_values(simulation)


if __name__ == "__main__":
    run_program(main)
