"""Measure how much of the statistics that theory knows each layer of a net holds."""

import pandas as pd

from coalflow.config.settings.interpreting.interpreting import ProbeSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.core.progress import say, track
from coalflow.dataset import loading
from coalflow.models.interpretation import theory
from coalflow.models.interpretation.choosing import spread_evenly
from coalflow.models.interpretation.probes import probe_net
from coalflow.models.storage.nets import load_net
from coalflow.report.figures import drawing
from coalflow.report.figures.interpretation.probes import draw_probes
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read nets and test windows; write table and picture."""
    arguments = parse_arguments(
        __doc__,
        ProbeSettings,
        split="split.parquet",
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        models="folder of all models",
        output="the table, .tsv",
        figure="the picture, .png",
    )
    settings = arguments.settings
    view = settings.view.observed(read_observation(arguments.observation))
    table = loading.read_split_table(arguments.split)
    test = table[table["split"] == "test"].reset_index(drop=True)
    chosen = test.iloc[spread_evenly(len(test), settings.most)].reset_index(drop=True)
    say(f"probing by {len(chosen):,} test windows")
    windows = loading.load_windows(chosen, arguments.shards, view)
    known = theory.tabulate_theory(windows, view)
    names = [*settings.parameters, *view.targets.names]
    known = known.join(theory.tabulate_parameters(chosen, names))
    nets = [load_net(arguments.models / folder) for folder in settings.nets]
    probed = [
        probe_net(net, windows, known, settings.seed)
        for net in track(nets, len(nets), "nets probed")
    ]
    found = pd.concat(probed, ignore_index=True)
    write_table(arguments.output, found)
    drawing.save_figure(draw_probes(found), arguments.figure)


if __name__ == "__main__":
    run_program(main)
