"""Predictions as columns of a table.

A model's prediction of a number is in ``<model>:<target>``, and the true one in
``truth:<target>``. Where the target has classes, the column ``<model>`` holds the most
probable one, ``<model>:<class>`` each probability, and ``truth`` the true class.

Where a model tells how sure it is of a number, the two ends of the 90 % interval are in
``<model>:<target>:low`` and ``<model>:<target>:high``.

What is asked, is told by a dict with the ``target`` and the ``classes`` of a model's card.
"""

import numpy as np

TRUTH = "truth"
ENDS = ("low", "high")


def columns(name, predicted, asked):
    """Return a model's predictions as columns, by their names.

    ``predicted`` is what :class:`coalflow.models.storage.Model` predicts.
    """
    classes = asked["classes"]
    of_each = {
        column(name, one): predicted[:, i] for i, one in enumerate(classes or asked["target"])
    }
    if not classes:
        return of_each
    return {name: np.array(classes)[predicted.argmax(axis=1)], **of_each}


def columns_of_interval(name, interval, asked):
    """Return the ends of a model's intervals as columns, by their names.

    ``interval`` is what :meth:`coalflow.models.storage.Model.interval` returns.
    """
    return {
        f"{column(name, one)}:{end}": values[:, i]
        for i, one in enumerate(asked["target"])
        for end, values in zip(ENDS, interval, strict=True)
    }


def interval_of_model(table, name, asked):
    """Return the ends of a model's intervals as :func:`columns_of_interval` took them, or None."""
    ends = [[f"{column(name, one)}:{end}" for one in asked["target"]] for end in ENDS]
    if not set(ends[0]) <= set(table):
        return None
    return tuple(table[names].to_numpy() for names in ends)


def columns_of_truth(table, asked):
    """Return the truth of rows of the split table as columns, by their names."""
    if asked["classes"]:
        (target,) = asked["target"]
        return {TRUTH: table[target].to_numpy()}
    return {column(TRUTH, target): table[target].to_numpy() for target in asked["target"]}


def column(name, one):
    """Return the name of the column with a model's prediction of a target, or of a class."""
    return f"{name}:{one}"


def of_model(table, name, asked):
    """Return a model's predictions as :func:`columns` took them."""
    return table[[column(name, one) for one in asked["classes"] or asked["target"]]].to_numpy()


def truth(table, asked):
    """Return the truth, float64 (windows, targets); of classes their numbers, int64 (windows,)."""
    if not asked["classes"]:
        return table[[column(TRUTH, target) for target in asked["target"]]].to_numpy(np.float64)
    numbers = {one: number for number, one in enumerate(asked["classes"])}
    return table[TRUTH].map(numbers).to_numpy()
