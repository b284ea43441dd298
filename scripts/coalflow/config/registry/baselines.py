"""The baselines: which predict numbers, which classes."""

import dataclasses

CLASSICAL = "classical"


@dataclasses.dataclass(frozen=True)
class Baseline:
    """What a baseline predicts.

    Attributes
    ----------
    numbers, classes : bool
        Whether it predicts targets that are numbers, and one that has classes.
    """

    numbers: bool = True
    classes: bool = True


BASELINES: dict[str, Baseline] = {
    "mean": Baseline(),
    CLASSICAL: Baseline(),
    "ridge": Baseline(classes=False),
    "logistic_regression": Baseline(numbers=False),
    "gradient_boosting": Baseline(),
}


def list_baselines(has_classes: bool) -> list[str]:
    """Return the names of the baselines that predict classes, or else numbers.

    Examples
    --------
    >>> list_baselines(has_classes=True)
    ['mean', 'classical', 'logistic_regression', 'gradient_boosting']
    """
    kind = "classes" if has_classes else "numbers"
    return [name for name, baseline in BASELINES.items() if getattr(baseline, kind)]
