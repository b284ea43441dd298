"""Predictions as columns of a table.

A model's prediction has the model's name. Where the target has classes, that
column holds the most probable class, and ``<model>:<class>`` each probability.
"""

import numpy as np


def columns(name, predicted, classes):
    """Return a model's predictions as columns, by their names.

    ``predicted`` is what :class:`coalflow.models.Model` predicts; ``classes`` lists the
    target's classes, None where it is a number.
    """
    if not classes:
        return {name: predicted}
    return {
        name: np.array(classes)[predicted.argmax(axis=1)],
        **{probability(name, one): predicted[:, i] for i, one in enumerate(classes)},
    }


def probability(name, one):
    """Return the name of the column with a model's probability of a class."""
    return f"{name}:{one}"


def of_model(table, name, classes):
    """Return a model's predictions as :func:`columns` took them."""
    if not classes:
        return table[name].to_numpy()
    return table[[probability(name, one) for one in classes]].to_numpy()


def truth(table, classes):
    """Return the column ``truth``, float64 (windows,); of classes their numbers, int64."""
    if not classes:
        return table["truth"].to_numpy()
    return table["truth"].map({one: number for number, one in enumerate(classes)}).to_numpy()
