"""What travels with models that nobody trained: their calibration and their reference."""

import numpy as np
from helpers.genomes import make_options

from coalflow.config.schema.scans.significance import Significance
from coalflow.config.settings.references.reference import MakeReferenceSettings
from coalflow.config.settings.view import SimulatedView
from coalflow.evaluation.calibration.calibration import fit_calibration
from coalflow.evaluation.calibration.calibration_files import write_calibrations
from coalflow.genomes.reference.building import Simulations, build_references
from coalflow.genomes.reference.reference import write_reference
from coalflow.genomes.reference.simulated_windows import SimulatedWindows, describe
from coalflow.models.ensembles import add_ensembles, predict_all
from coalflow.models.storage.loading import load_models

BASES = 900  # of a window


def make_reference_settings(view, nets, baselines, restarts=2, step=4, **significance):
    """Return the settings for references of these models, with windows of so many sites."""
    return MakeReferenceSettings(
        seed=1,
        nets=nets,
        restarts=restarts,
        baselines=baselines,
        view=SimulatedView(encoding=view.encoding, samples=view.samples, targets=view.targets),
        significance=Significance(**significance),
        false_alarms=0.05,
        null_cells=("a",),
        shards=1,
        length=BASES,
        options=make_options(step=step),
    )


def describe_simulated(windows, view):
    """Return windows with their statistics, each as long as any other."""
    return SimulatedWindows(windows, describe(windows, np.full(len(windows), float(BASES)), view))


def save_extras(folder, folders, train, validation):
    """Write what a run adds to the folder of a model, whose restarts are in ``folders``."""
    models = add_ensembles(load_models(folder, folders))
    card = next(iter(models.values())).card
    predicted = predict_all(models, validation.windows)
    calibrations = {
        name: fit_calibration(validation.target, predicted[name], model.card.predictands, 1)
        for name, model in models.items()
    }
    simulations = Simulations(
        train=describe_simulated(train.windows, card.view),
        held_out=describe_simulated(validation.windows, card.view),
        is_null=np.ones(len(validation), bool),
        predictions=predict_all(models, validation.windows, calibrations=calibrations),
        blocks=None,
    )
    is_net = card.kind != "baseline"
    named = ((card.model,), ()) if is_net else ((), (card.model,))
    settings = make_reference_settings(card.view, *named, restarts=len(folders))
    write_calibrations(folder, calibrations)
    write_reference(
        folder, build_references(simulations, models, calibrations, settings)[card.model]
    )
