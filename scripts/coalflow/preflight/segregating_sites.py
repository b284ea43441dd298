"""Segregating sites: how many windows have, against what the net reads and the genome has."""

import numpy as np

from coalflow.preflight.findings import Figure, Finding, percent, rounded
from coalflow.windows import encoding as encodings
from coalflow.windows import observation as observing

MOST_SHORT = 0.05  # of a cell's windows may be left out
MOST_TRIMMED = 0.25
MOST_EMPTY = 0.05
LOW, HIGH = 0.05, 0.95  # the quantiles that are shown


def seen(shard, observation):
    """Return all replicates of a shard as they are seen, :class:`coalflow.windows.observation.Seen`."""
    return observing.observe_replicates(shard, np.arange(len(shard.seed)), observation)[0]


def bases(shard, encoding):
    """Return how many bases of each replicate the net looks at, float64 (replicates,)."""
    lengths = np.asarray(shard.truth["parameter/sequence_length"], dtype=float)
    return np.full_like(lengths, encoding["length"]) if encoding["pad"] else lengths


def theta(segregating, haplotypes, length):
    """Return Watterson's theta per base."""
    return segregating / (1 / np.arange(1, haplotypes)).sum() / length


def of_cells(shards, encoding, observation):
    """Return a dict of numbers for each cell: quantiles of sites, and shares of windows.

    ``shards`` maps cells to the pilot's shards; sites are those that the net could see.
    ``short`` windows have fewer than it reads, ``long`` ones more, ``empty`` ones none;
    ``theta`` is Watterson's, per base.
    """
    wanted, rows = encoding["sites"], {}
    for cell, shard in shards.items():
        replicates = seen(shard, observation)
        _, sites, _ = encodings.choose_stretches(replicates, encoding)
        low, median, high = np.quantile(sites, [LOW, 0.5, HIGH])
        rows[cell] = {
            "sites_low": low,
            "sites_median": median,
            "sites_high": high,
            "short": (sites < wanted).mean(),
            "long": (sites > wanted).mean(),
            "empty": (sites == 0).mean(),
            "theta": theta(sites.sum(), replicates.sampled.number, bases(shard, encoding).sum()),
        }
    return rows


def figures(rows, encoding):
    """Return the sites of all cells as figures; ``rows`` are those of :func:`of_cells`."""
    numbers = {
        "5 % have fewer, lowest cell": min(row["sites_low"] for row in rows.values()),
        "5 % have more, highest cell": max(row["sites_high"] for row in rows.values()),
        "share of windows that are short": np.mean([row["short"] for row in rows.values()]),
        "share of windows that are long": np.mean([row["long"] for row in rows.values()]),
        "share of windows without a site": np.mean([row["empty"] for row in rows.values()]),
        "theta per base, lowest cell": min(row["theta"] for row in rows.values()),
        "theta per base, highest cell": max(row["theta"] for row in rows.values()),
        "encoding.sites": encoding["sites"],
    }
    return [Figure("sites", "run", name, float(value)) for name, value in numbers.items()]


def line(rows, encoding):
    """Return what the terminal shows of the sites, a label and words."""
    low = min(row["sites_low"] for row in rows.values())
    high = max(row["sites_high"] for row in rows.values())
    short = np.mean([row["short"] for row in rows.values()])
    long = np.mean([row["long"] for row in rows.values()])
    what = "padded" if encoding["pad"] else "left out"
    return (
        "sites in a window",
        f"{low:,.0f} to {high:,.0f} in nine of ten. The net reads {encoding['sites']:,}: "
        f"{percent(short)} have fewer and are {what}, {percent(long)} have more and are cut",
    )


def findings(shards, rows, encoding):
    """Yield findings about the sites of cells; ``rows`` are those of :func:`of_cells`."""
    if encoding["pad"]:
        yield from _trimmed(rows, encoding)
        yield from _mostly_padding(rows, encoding)
    else:
        yield from _short(shards, rows, encoding)
    empty = [cell for cell in rows if rows[cell]["empty"] > MOST_EMPTY]
    if empty:
        worst = max(empty, key=lambda cell: rows[cell]["empty"])
        yield Finding(
            "sites",
            _cells(empty, rows),
            f"windows without any site, {percent(rows[worst]['empty'])}{_place(worst, rows)}",
            "raise simulation.sequence_length (and encoding.length, where it is given), or the "
            "size or mutation rate of these cells",
        )


def _short(shards, rows, encoding):
    short = [cell for cell in rows if rows[cell]["short"] > MOST_SHORT]
    if not short:
        return
    worst = max(short, key=lambda cell: rows[cell]["short"])
    # The number of sites grows with the length; what is rarest in a short window averages out
    # in a long one, so this is rather too long than too short.
    sites, low = encoding["sites"], max(rows[worst]["sites_low"], 0.5)
    longer = bases(shards[worst], encoding).min() * sites / low
    fewer = int(min(rows[cell]["sites_low"] for cell in short))
    lower = f", or lower encoding.sites to {fewer}" if fewer >= 4 else ""
    yield Finding(
        "sites",
        _cells(short, rows),
        f"too few sites for the net's {sites}, so that windows are left out: "
        f"{percent(rows[worst]['short'])} of them{_place(worst, rows)}, where the median is "
        f"{rounded(rows[worst]['sites_median'])}",
        f"raise simulation.sequence_length to about {rounded(longer)}{lower}",
    )


def _trimmed(rows, encoding):
    long = [cell for cell in rows if rows[cell]["long"] > MOST_TRIMMED]
    if not long:
        return
    worst = max(long, key=lambda cell: rows[cell]["long"])
    enough = max(rows[cell]["sites_high"] for cell in long)
    yield Finding(
        "sites",
        _cells(long, rows),
        f"more sites than the net's {encoding['sites']}, of which it sees a part: in "
        f"{percent(rows[worst]['long'])} of windows{_place(worst, rows)}",
        f"raise encoding.sites to about {rounded(enough)}, or lower encoding.length",
    )


def _mostly_padding(rows, encoding):
    enough = max(row["sites_high"] for row in rows.values())
    if 0 < enough < encoding["sites"] / 4:
        yield Finding(
            "sites",
            "all cells",
            f"95 % of windows have fewer than {rounded(enough)} sites, so the net's "
            f"{encoding['sites']} are mostly padding",
            f"lower encoding.sites to about {rounded(1.5 * enough)}, or raise "
            "simulation.sequence_length",
        )


def _cells(chosen, rows):
    if len(rows) == 1:
        return "all windows"
    return f"{len(chosen):,} of {len(rows):,} cells"


def _place(cell, rows):
    return "" if len(rows) == 1 else f" in {cell}"
