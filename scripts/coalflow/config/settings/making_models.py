"""Settings of the programs that split, train, evaluate, interpret and pack."""

from collections.abc import Iterable

from coalflow.config.defaults import FACTORS_OF_THETA
from coalflow.config.schema.models import About
from coalflow.config.settings.dataset import (
    DescribeDatasetSettings,
    SplitSettings,
    SummariseSettings,
)
from coalflow.config.settings.learning import (
    CalibrateSettings,
    CompareRestartsSettings,
    EvaluateSettings,
    FindFailuresSettings,
    FitBaselineSettings,
    PackageSettings,
    ProposeRecipesSettings,
    SearchSettings,
    TrainSettings,
)
from coalflow.config.settings.run import Run

ONE_IN = (8, 4, 2)  # the shares of the training windows in a learning curve


class ModelSettingsMaker(Run):
    """Makes the settings of the programs that split, train, evaluate, interpret and pack."""

    def split(self) -> SplitSettings:
        """Return the settings for the split."""
        simulation = self.config.simulation
        return SplitSettings(
            seed=self.config.seed,
            cells=tuple(self.cells),
            replicates=simulation.replicates,
            shard_size=simulation.shard_size,
            drawn=self.drawn,
            split=self.config.split,
            hold_out=self.config.evaluation.hold_out,
            view=self.view,
        )

    def summarise(self) -> SummariseSettings:
        """Return the settings for the statistics that baselines see."""
        return SummariseSettings(
            features=self.config.statistics,
            encoding=self.config.encoding,
            samples=self.config.samples,
        )

    def describe_dataset(self) -> DescribeDatasetSettings:
        """Return the settings for the description of the dataset."""
        return DescribeDatasetSettings(
            drawn=self.drawn, hold_out=self.config.evaluation.hold_out, view=self.view
        )

    def train(
        self, net: str, restart: int = 0, one_in: int = 1, trial: int | None = None
    ) -> TrainSettings:
        """Return the settings for one training of a net.

        Parameters
        ----------
        net : str
        restart : int
        one_in : int
            Of how many training windows one is used, for a learning curve.
        trial : int, optional
            The trial of a search.
        """
        training = self.config.training.model_copy(
            update={"time_limit": None, "tensorboard": False}
        )
        per_round = self.config.search.trials_per_round
        return TrainSettings(
            seed=self.config.seed,
            net=net,
            restart=restart,
            one_in=one_in,
            proposal=None if trial is None else trial % per_round,
            training=training,
            parameters=self.parameters,
            view=self.view,
        )

    def fit_baseline(self, baseline: str) -> FitBaselineSettings:
        """Return the settings for the fit of a baseline."""
        simulation = self.config.simulation
        known = {name: simulation.single_value(name) for name in FACTORS_OF_THETA}
        return FitBaselineSettings(
            seed=self.config.seed,
            baseline=baseline,
            features=self.config.statistics,
            known={n: value for n, value in known.items() if isinstance(value, (int, float))},
            parameters=self.parameters,
            view=self.view,
        )

    def calibrate_models(self, models: Iterable[str]) -> CalibrateSettings:
        """Return the settings for the calibration of models, named by their folders."""
        return CalibrateSettings(seed=self.config.seed, models=tuple(models), view=self.view)

    def evaluate(self, models: Iterable[str]) -> EvaluateSettings:
        """Return the settings for the evaluation of models, named by their folders."""
        return EvaluateSettings(
            seed=self.config.seed,
            models=tuple(models),
            # Those of swept windows alone are drawn, too.
            parameters=tuple(dict.fromkeys((*self.parameters, *self.drawn))),
            view=self.view,
        )

    def find_failures(self) -> FindFailuresSettings:
        """Return the settings for the search for where models fail."""
        return FindFailuresSettings(
            seed=self.config.seed,
            model=f"{self.config.models.nets[0]}/0",
            neutral=self.neutral_classes,
            hold_out=self.config.evaluation.hold_out,
            view=self.view,
        )

    def package(self) -> PackageSettings:
        """Return the settings for the zips of models."""
        config = self.config
        return PackageSettings(
            run=config.run,
            about=config.about or About(),
            simulation=config.simulation,
            graph=config.graph,
            nets=config.models.nets,
            restarts=config.models.restarts,
            baselines=config.baselines,
        )

    def compare_restarts(self) -> CompareRestartsSettings:
        """Return the settings for the comparison of a net's restarts."""
        return CompareRestartsSettings(restarts=self.config.models.restarts, view=self.view)

    @property
    def searched_net(self) -> str:
        """The net whose recipe is searched."""
        return self.config.search.net or self.config.models.nets[0]

    def propose_recipes(self, round_of_trials: int) -> ProposeRecipesSettings:
        """Return the settings for the recipes of a round, counted from 0."""
        search = self.config.search
        return ProposeRecipesSettings(
            seed=self.config.seed,
            space=dict(sorted(search.space.items())),
            first=round_of_trials * search.trials_per_round,
            trials_per_round=search.trials_per_round,
        )

    def search(self) -> SearchSettings:
        """Return the settings for the comparison of the recipes."""
        search = self.config.search
        return SearchSettings(
            net=self.searched_net,
            space=dict(sorted(search.space.items())),
            trials=search.trials,
            trials_per_round=search.trials_per_round,
        )
