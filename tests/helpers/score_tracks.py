"""Scores along genomes whose null is known: correlated noise, and peaks at known positions."""

import numpy as np
import pandas as pd

LENGTH = 1000  # bases of a window
GRAINS = 10  # of a window: noise is independent between grains


def draw_scores(random, windows, step, contigs=1):
    """Return scores of contigs of some windows side by side, one row each, and starts of windows.

    They are normal, squared a little, so that their upper tail is heavier than normal. Windows
    side by side are correlated by about .2.
    """
    grains = windows * GRAINS
    noise = random.standard_normal((contigs, grains + 2 * GRAINS))
    sums = np.cumsum(np.pad(noise, ((0, 0), (1, 0))), axis=1)
    # Each is the mean of a window and of the two half windows around it.
    narrow = sums[:, GRAINS:] - sums[:, :-GRAINS]
    wide = sums[:, 2 * GRAINS :] - sums[:, : -2 * GRAINS]
    half = GRAINS // 2
    narrow = narrow[:, half : half + wide.shape[1]]
    mixed = 2 * narrow / np.sqrt(GRAINS) + wide / np.sqrt(2 * GRAINS)
    mixed /= np.sqrt(5 + 4 / np.sqrt(2))
    starts = np.arange(0, windows * LENGTH - LENGTH + 1, step)
    values = mixed[:, starts * GRAINS // LENGTH]
    return values + 0.1 * values**2, starts


def tabulate_tracks(scores, starts):
    """Return tracks of contigs, without p-values."""
    contigs = [f"all/{row}" for row in range(len(scores))]
    start = np.tile(starts, len(scores))
    return pd.DataFrame(
        {
            "contig": np.repeat(np.array(contigs, dtype=object), len(starts)),
            "start": start,
            "end": start + LENGTH,
            "score": scores.ravel(),
        }
    )


def plant_peaks(random, scores, starts, peaks, height):
    """Add peaks to the first contig, far from each other, and return where they are."""
    end = starts[-1] + LENGTH
    middles = (np.arange(peaks) + random.uniform(0.3, 0.7, peaks)) * end / peaks
    distance = np.abs(starts[:, None] + LENGTH / 2 - middles) / LENGTH
    heights = height * random.uniform(0.5, 1.5, peaks)
    scores[0] += (heights * np.clip(1 - distance, 0, None)).sum(axis=1)
    return middles


def are_planted(regions, middles, margin=1.5 * LENGTH):
    """Tell which regions are at a peak."""
    start, end = (regions[name].to_numpy()[:, None] for name in ("start", "end"))
    return ((start - margin <= middles) & (middles <= end + margin)).any(axis=1)
