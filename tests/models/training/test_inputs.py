"""Data from which nothing can be learned are refused before a net is made."""

import dataclasses

import numpy as np
import pytest
from helpers.data import make_targets
from helpers.models import CLASSES, windows_of

from coalflow.core.errors import CoalflowError
from coalflow.models.training import inputs

HISTORY = make_targets("history", classes=CLASSES)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_targets_that_are_no_numbers_are_refused(value, train):
    inputs.refuse_unusable(train, "training", make_targets("diversity"))
    target = train.target.copy()
    target[[3, 8]] = value
    damaged = dataclasses.replace(train, target=target)
    with pytest.raises(CoalflowError) as caught:
        inputs.refuse_unusable(damaged, "training", make_targets("diversity"))
    assert str(caught.value).startswith(
        f"split.parquet: diversity is {value} in 2 of 300 training windows, the first of which is "
        "replicate 3 of all. Delete the file"
    )


def test_a_class_without_a_window_is_refused(train_classes):
    inputs.refuse_unusable(train_classes, "training", HISTORY)
    single = dataclasses.replace(train_classes, target=train_classes.target * 0)
    with pytest.raises(CoalflowError, match=r"no training window belongs to the class constant,"):
        inputs.refuse_unusable(single, "training", HISTORY)


def test_windows_that_are_all_the_same_are_noted(train, capsys):
    inputs.note_constant_windows(train.windows)
    assert capsys.readouterr().err == ""
    same = windows_of(np.repeat(train.windows.haplotypes[:1], 5, axis=0))
    inputs.note_constant_windows(same)
    assert "all training windows are identical" in capsys.readouterr().err
