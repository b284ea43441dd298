"""What pictures of the inside of nets show, in words."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from coalflow.report.wording import format_number, join_names

MOST_SENTENCES = 3


def describe_net_pictures(nets: Mapping[str, Any]) -> dict[str, str]:
    """Return what pictures of the inside of nets show, by their files.

    Parameters
    ----------
    nets : mapping
        What the page shows of nets: ``ancestry``, ``activations``, ``layers``, ``known``, ``used``,
        ``peaks`` and ``restarts``.
    """
    texts = {
        "figures/probes.png": _begin("Shares of statistics that layers know", nets["known"]),
        "figures/permutations.png": _begin("Loss by what is shuffled", nets["used"]),
        "figures/saliency.png": _begin(
            "What each part of the window, and sites of each frequency, add to predictions",
            nets["peaks"],
        ),
    }
    layers = {name.partition("/")[0]: sentences for name, sentences in nets["layers"].items()}
    for path in (path for window in nets["activations"] for path in window):
        net, number = path.removeprefix("figures/activations_").rsplit(".", 1)[0], ""
        named = next((name for name in layers if net.startswith(f"{name}_")), net)
        number = net.removeprefix(f"{named}_").partition("_")[0]
        titles = join_names([title for title, _ in layers.get(named, [])])
        texts[path] = (
            f"A window and the activations of {named}, training {number}, layer by layer: {titles}"
        )
    if nets["ancestry"] is not None:
        texts["figures/ancestry_scores.png"] = nets["ancestry"].describe_figure()
    for net, rows in nets["restarts"].items():
        texts[f"figures/restarts_{net}.png"] = _describe_restarts(net, rows)
    return texts


def _begin(start: str, sentences: Sequence[str]) -> str:
    return f"{'. '.join([start, *sentences[:MOST_SENTENCES]])}."


def _describe_restarts(net: str, rows: Sequence[Mapping[Hashable, Any]]) -> str:
    first = rows[0]
    alike = [f"{row['layer']} {format_number(row['cka'], 2)}" for row in rows]
    return (
        f"Two trainings of {net}: predictions correlate with "
        f"{format_number(first['prediction_r'], 3)}; layers are similar by CKA: {join_names(alike)}"
    )
