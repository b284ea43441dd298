"""Fit one baseline: model and card."""

from coalflow.config.settings.learning import FitBaselineSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.dataset import loading
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.dataset.window_measures import load_measures
from coalflow.evaluation.scoring import score_validation
from coalflow.models.baselines import choose_features, choose_precision, fit_baseline
from coalflow.models.card_making import make_baseline_card
from coalflow.models.storage.baselines import predict_with_baseline, save_baseline
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read train and validation data, fit, write the model's folder."""
    arguments = parse_arguments(
        __doc__,
        FitBaselineSettings,
        split="split.parquet",
        statistics="statistics.parquet",
        observation="how simulations are observed, .json",
        output="the model's folder",
    )
    settings = arguments.settings
    view = settings.view.observed(read_observation(arguments.observation))
    table = loading.read_split_table(arguments.split)
    train, validation = loading.load_features(
        arguments.statistics,
        table,
        ["train", "validation"],
        view.targets,
        lambda names: choose_features(settings.baseline, names, view.targets),
        choose_precision(settings.baseline),
    )
    scaling = None if view.targets.has_classes else TargetScaling.fit(train.target, view.targets)
    estimator = fit_baseline(train, validation, settings, view, scaling)
    measures = load_measures(arguments.statistics, train.table)
    card = make_baseline_card(settings, view, train, measures, scaling)
    predicted = predict_with_baseline(estimator, validation.statistics, card)
    scores = score_validation(validation.target, predicted.values, card.predictands)
    save_baseline(arguments.output, estimator, card.model_copy(update={"validation": scores}))


if __name__ == "__main__":
    run_program(main)
