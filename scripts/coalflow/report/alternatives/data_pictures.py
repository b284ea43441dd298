"""What pictures of the simulations show, in words."""

from collections.abc import Iterator

from coalflow.config.schema.whole import Config
from coalflow.report.dataset import DatasetSummary
from coalflow.report.figures.drawing import find_title
from coalflow.report.parameters import describe_epochs
from coalflow.report.targets import ShownTarget
from coalflow.report.wording import format_number, join_names, name_cell

MOST_DEMES = 6  # that are described
SAME_P = 0.01


def describe_data_pictures(
    config: Config, dataset: DatasetSummary, targets: list[ShownTarget]
) -> dict[str, str]:
    """Return what pictures of the simulations show, by their files.

    Parameters
    ----------
    config : Config
    dataset : DatasetSummary
    targets : list of ShownTarget
        Those that are numbers.
    """
    return {
        "figures/histories.png": f"Sizes back in time. {' '.join(_describe_histories(config))}",
        "figures/priors.png": _describe_priors(dataset),
        "figures/dataset.png": _describe_windows(dataset, targets),
    }


def _describe_histories(config: Config) -> Iterator[str]:
    """Yield a sentence for each history."""
    if config.graph is not None:
        demes = config.graph["demes"]
        for deme in demes[:MOST_DEMES]:
            yield f"{deme['name']}: {describe_epochs(deme['epochs'], '')}."
        if len(demes) > MOST_DEMES:
            yield f"And {len(demes) - MOST_DEMES} more populations."
        return
    yield "constant: it does not change."
    for name, epochs in config.simulation.demography.histories.items():
        written = [epoch.as_json() for epoch in epochs]
        yield f"{name}: {describe_epochs(written, ' times the population size')}."


def _describe_priors(dataset: DatasetSummary) -> str:
    differing = [row["parameter"] for row in dataset.priors if row["p"] < SAME_P]
    if not differing:
        return "The values that were drawn follow the prior of every parameter."
    named = join_names([find_title(str(name)) for name in differing])
    return f"The values that were drawn follow the priors, but not those of {named}."


def _describe_windows(dataset: DatasetSummary, targets: list[ShownTarget]) -> str:
    fewest = min(dataset.cells, key=lambda cell: cell.sites.mean)
    most = max(dataset.cells, key=lambda cell: cell.sites.mean)
    said = [f"Windows have {format_number(most.sites.mean)} segregating sites on average."]
    if fewest is not most:
        said = [
            f"Windows have from {format_number(fewest.sites.mean)} segregating sites on average "
            f"({name_cell(fewest.name)}) to {format_number(most.sites.mean)} "
            f"({name_cell(most.name)})."
        ]
    for index, target in enumerate(targets):
        low = min(cell.targets[index].low for cell in dataset.cells)
        high = max(cell.targets[index].high for cell in dataset.cells)
        said.append(f"{target.title} is from {format_number(low)} to {format_number(high)}.")
    same = "differ" if dataset.splits_differ else "are alike"
    said.append(f"Training, validation and test windows {same}.")
    return " ".join(said)
