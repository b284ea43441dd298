"""Measure which parts of windows, and which frequencies, predictions come from."""

from coalflow.config.settings.interpreting.interpreting import AttributeSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.dataset import loading
from coalflow.models.interpretation import saliency
from coalflow.models.storage.loading import load_models
from coalflow.report.figures import drawing
from coalflow.report.figures.interpretation.saliency import draw_saliency
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read models and test windows; write tables and picture."""
    arguments = parse_arguments(
        __doc__,
        AttributeSettings,
        split="split.parquet",
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        models="folder of all models",
        output="the table of what adds to predictions, .tsv",
        peaks="the table of selected sites, .tsv",
        figure="the picture, .png",
    )
    settings = arguments.settings
    view = settings.view.observed(read_observation(arguments.observation))
    models = load_models(arguments.models, settings.models)
    table = loading.read_split_table(arguments.split)
    test = table[table["split"] == "test"].reset_index(drop=True)
    classes = None
    if view.targets.classes is not None:
        names = list(view.targets.classes)
        classes = test[view.targets.first].map(names.index).to_numpy()
    chosen = test.iloc[saliency.choose_explained(classes, len(test), settings.most)]
    chosen = chosen.reset_index(drop=True)
    replicates = loading.load_replicates(chosen, arguments.shards, view)
    sites = saliency.find_selected_sites(chosen, view)
    profiles = list(saliency.list_profiles(models, replicates))
    found = saliency.tabulate_profiles(profiles, sites)
    write_table(arguments.output, found)
    write_table(arguments.peaks, saliency.find_peaks(profiles, sites, settings.seed))
    drawing.save_figure(draw_saliency(found), arguments.figure)


if __name__ == "__main__":
    run_program(main)
