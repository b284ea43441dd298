"""Where in a window predictions come from: by part, by frequency, by distance to a selected site.

Attributions are those of :mod:`coalflow.models.interpretation.gradients`, for nets, and of
:mod:`coalflow.models.interpretation.occlusion`, for all models.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.registry.parameters import NEUTRAL
from coalflow.config.schema.simulated.genomes import KINDS
from coalflow.config.settings.view import View
from coalflow.core import seeds
from coalflow.core.progress import track
from coalflow.dataset.loading import Replicates
from coalflow.models.interpretation.choosing import spread_evenly
from coalflow.models.interpretation.gradients import PARTS, attribute_net, average_inputs
from coalflow.models.interpretation.occlusion import (
    name_parts,
    occlude_frequencies,
    occlude_parts,
)
from coalflow.models.interpretation.shuffles import find_frequency_classes
from coalflow.models.interpretation.theory import list_frequency_classes
from coalflow.models.storage.model import Model

GRADIENTS, OCCLUSION = "integrated gradients", "occlusion"
PART, FREQUENCY = "part of the window", "frequency"
WHOLE = "as a whole"  # what numbers add that describe the whole window
DISTANCE = "parts from the selected site"
DRAWS = 9999  # of places that selected sites might have had
PEAK_COLUMNS = (
    "model",
    "kind",
    "method",
    "target",
    "windows",
    "share_at_site",
    "share_expected",
    "share_neutral",
    "p",
)


@dataclasses.dataclass(frozen=True)
class Profile:
    """What parts of windows, or classes of frequency, add to one of a model's predictions.

    Attributes
    ----------
    model : Model
    method : str
        ``GRADIENTS`` or ``OCCLUSION``.
    target : str
        The target; or the class, whose windows these are.
    by : str
        ``PART`` or ``FREQUENCY``.
    names : list of str
        Of the columns of ``added``. Of parts, the last may be ``WHOLE``.
    added : ndarray of float64, shape (windows, columns)
    rows : ndarray of int64, shape (windows,)
        Which of the replicates these windows are.
    """

    model: Model
    method: str
    target: str
    by: str
    names: list[str]
    added: npt.NDArray[np.float64]
    rows: npt.NDArray[np.int64]


def choose_explained(
    classes: npt.NDArray[np.int64] | None, windows: int, most: int
) -> npt.NDArray[np.int64]:
    """Return the indices of windows that are explained, evenly spread, in ascending order.

    Parameters
    ----------
    classes : ndarray of int64, shape (windows,), optional
        The class of each window; None where targets are numbers.
    windows : int
        How many there are.
    most : int
        How many are chosen, at most: of each class, where there are classes.
    """
    if classes is None:
        return spread_evenly(windows, most)
    chosen = []
    for index in np.unique(classes):
        members = np.flatnonzero(classes == index)
        chosen.append(members[spread_evenly(len(members), most)])
    return np.sort(np.concatenate(chosen))


def list_profiles(models: Sequence[Model], replicates: Replicates) -> Iterator[Profile]:
    """Yield what parts of windows and classes of frequency add to predictions.

    Parameters
    ----------
    models : sequence of Model
    replicates : Replicates
        Test windows. Where there are classes, the odds of a window's own class are explained.
    """
    windows = replicates.windows
    classes = None if replicates.classes is None else replicates.target
    for model in track(models, len(models), "models explained"):
        if model.net is None:
            continue
        reference = average_inputs(model, windows)
        for index, target, rows in _list_outputs(model, replicates):
            added = attribute_net(model, windows[rows], index, reference)
            names, values = name_parts(), added.by_part
            if added.elsewhere.any():
                names = [*names, WHOLE]
                values = np.column_stack([values, added.elsewhere])
            yield Profile(model, GRADIENTS, target, PART, names, values, rows)
    present = np.unique(find_frequency_classes(windows)) + 1
    frequencies = np.array(["none", *list_frequency_classes(windows.number_of_haplotypes)])
    for by, names, found in (
        (PART, name_parts(), occlude_parts(models, windows, classes)),
        (FREQUENCY, frequencies[1:].tolist(), occlude_frequencies(models, windows, classes)),
    ):
        kept = [i for i, _ in enumerate(names) if by == PART or i + 1 in present]
        for model, values in zip(models, found, strict=True):
            for index, target, rows in _list_outputs(model, replicates):
                added = values[rows, 0 if classes is not None else index][:, kept]
                yield Profile(model, OCCLUSION, target, by, [names[i] for i in kept], added, rows)


def _list_outputs(
    model: Model, replicates: Replicates
) -> list[tuple[int, str, npt.NDArray[np.int64]]]:
    """Return the index and the name of each target, or of each class, and its windows."""
    if replicates.classes is None:
        rows = np.arange(len(replicates))
        return [(index, name, rows) for index, name in enumerate(model.card.targets.names)]
    members = [np.flatnonzero(replicates.target == i) for i in range(len(replicates.classes))]
    return [
        (index, name, rows)
        for index, (name, rows) in enumerate(zip(replicates.classes, members, strict=True))
        if len(rows)
    ]


def tabulate_profiles(profiles: Sequence[Profile], sites: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Return the table of ``saliency.tsv``.

    Parameters
    ----------
    profiles : sequence of Profile
    sites : ndarray of float64, shape (windows,)
        Where the selected site of each window is, as :func:`find_selected_sites` returns it.

    Returns
    -------
    DataFrame
        A row for each model, method, target or class, and column of its profile: ``added``, what
        is added to the prediction, and ``size``, its absolute value, both means over ``windows``;
        and ``share``, the mean share of a window's size. The unit is a standard deviation of the
        target in training, or of a class the logarithm of its odds. Where windows have a selected
        site, further rows have the same by the distance to it.
    """
    rows = []
    for profile in profiles:
        given = {
            "model": profile.model.name,
            "kind": profile.model.card.kind,
            "method": profile.method,
            "target": profile.target,
        }
        size, share = _compute_shares(profile.added)
        for column, name in enumerate(profile.names):
            rows.append(
                {
                    **given,
                    "by": profile.by,
                    "where": name,
                    "windows": len(size),
                    "added": profile.added[:, column].mean(),
                    "size": size[:, column].mean(),
                    "share": share[:, column].mean(),
                }
            )
        if profile.by == PART:
            rows += [{**given, **row} for row in _list_by_distance(profile, sites)]
    return pd.DataFrame(rows)


def _list_by_distance(
    profile: Profile, sites: npt.NDArray[np.float64]
) -> Iterator[dict[str, str | float]]:
    """Yield means over windows by the distance of a part to the selected site, as columns."""
    known = np.isfinite(sites[profile.rows])
    if not known.any():
        return
    added = profile.added[known][:, :PARTS]
    size, share = _compute_shares(added)
    distance = np.abs(np.arange(PARTS) - _find_part_of(sites[profile.rows][known])[:, None])
    for parts in np.unique(distance):
        here = distance == parts
        yield {
            "by": DISTANCE,
            "where": str(parts),
            "windows": int(here.any(axis=1).sum()),
            "added": added[here].mean(),
            "size": size[here].mean(),
            "share": share[here].mean(),
        }


def find_peaks(
    profiles: Sequence[Profile], sites: npt.NDArray[np.float64], seed: int
) -> pd.DataFrame:
    """Return whether models look at the selected site: the table of ``saliency_peaks.tsv``.

    Parameters
    ----------
    profiles : sequence of Profile
    sites : ndarray of float64, shape (windows,)
        As in :func:`tabulate_profiles`.
    seed : int
        The run's.

    Returns
    -------
    DataFrame
        A row for each model, method and class with known sites: ``share_at_site``, the share of
        a window's attributions, in absolute value, in the part with the selected site, on average;
        ``share_expected``, the same were the site anywhere; ``share_neutral``, the same for the
        same parts of neutral windows (nan without any); and ``p``, how often the site would have a
        share as high or higher if in each window it were in a part drawn at random.
    """
    along_windows = [profile for profile in profiles if profile.by == PART]
    by_class = {(each.model.name, each.method, each.target): each for each in along_windows}
    rows = []
    for profile in along_windows:
        place = sites[profile.rows]
        known = np.isfinite(place)
        if not known.any():
            continue
        _, share = _compute_shares(profile.added[known][:, :PARTS])
        part = _find_part_of(place[known])
        at_site = share[np.arange(len(part)), part].mean()
        generator = seeds.derive_generator(
            seed, "saliency", profile.model.name, profile.method, profile.target
        )
        drawn = np.zeros(DRAWS)
        for window in share:
            drawn += window[generator.integers(PARTS, size=DRAWS)] / len(share)
        neutral = by_class.get((profile.model.name, profile.method, NEUTRAL))
        elsewhere = np.nan
        if neutral is not None:
            weights = np.bincount(part, minlength=PARTS) / len(part)
            elsewhere = float(_compute_shares(neutral.added[:, :PARTS])[1].mean(axis=0) @ weights)
        rows.append(
            {
                "model": profile.model.name,
                "kind": profile.model.card.kind,
                "method": profile.method,
                "target": profile.target,
                "windows": len(part),
                "share_at_site": at_site,
                "share_expected": 1 / PARTS,
                "share_neutral": elsewhere,
                "p": (1 + np.count_nonzero(drawn >= at_site)) / (1 + DRAWS),
            }
        )
    return pd.DataFrame(rows, columns=list(PEAK_COLUMNS))


def find_selected_sites(table: pd.DataFrame, view: View) -> npt.NDArray[np.float64]:
    """Return where in its window each selected site is, from 0 to 1; nan without, or unknown.

    Parameters
    ----------
    table : DataFrame
        Rows of the split table.
    view : View

    Returns
    -------
    ndarray of float64, shape (replicates,)
        A site without a position of its own is in the middle of what is simulated, and so of what
        models see, unless they see another stretch.
    """
    unknown = np.full(len(table), np.nan)
    encoding = view.encoding
    if "sweep" not in table or encoding.stretch != "central":
        return unknown
    swept = table["sweep"].isin(KINDS).to_numpy()
    if "position" not in table:
        return np.where(swept, 0.5, np.nan)
    position = table["position"].to_numpy(np.float64)
    middle = np.where(swept & np.isnan(position), 0.5, np.nan)
    if not encoding.pad or "sequence_length" not in table or encoding.length is None:
        return middle
    start = np.floor((table["sequence_length"].to_numpy(np.float64) - encoding.length) / 2)
    place = (position - start) / encoding.length
    inside = swept & (place >= 0) & (place <= 1)
    return np.where(inside, place, middle)


def _find_part_of(places: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    return np.minimum((places * PARTS).astype(np.int64), PARTS - 1)


def _compute_shares(
    added: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return absolute values, and their shares of the sum over a window; 0 where all are 0."""
    size = np.abs(added)
    total = size.sum(axis=1, keepdims=True)
    return size, np.divide(size, total, out=np.zeros_like(size), where=total > 0)
