"""What is found in windows and genomes that simulations do not fit, for ``novelty.py``."""

import novelty_misfits as misfits
import numpy as np
import pandas as pd
from novelty_data import BLOCK, SWEEPS
from novelty_net import train_net

from coalflow.genomes.novelty.genome_fit import GenomeFit
from coalflow.genomes.novelty.window_novelty import WindowNovelty
from coalflow.statistics.window_statistics import select_compared

GENOME = 5 * BLOCK  # windows
LEVELS = (0.01, 0.05)
SHUFFLES, SAMPLES = 200, 400  # of sbi's test
FIT = "none: held out"


def judge_problem(problem, read):
    """Return a table with a row for each misfit at each strength, and one for none.

    ``read`` is a function of what was simulated: its name, the misfit and the strength.
    """
    train, held_out, test = (read(what) for what in ("train", "held_out", "test"))
    net = train_net(problem, train)
    hidden = [net.predict(each.windows)[1] for each in (train, held_out)]
    judges = Judges(problem, net, train, held_out, hidden, read("null"))
    blocks = read("blocks")
    swept = None
    if problem == SWEEPS:
        swept = test.windows[test.target > 0], test.target[test.target > 0]
    base = judges.measure_error(blocks, swept)
    rows = [{"misfit": FIT, "strength": "", "error": base, "ratio": 1.0, **judges.judge(blocks)}]
    counted = judges.count_windows(test)  # with as many of each class as in training
    counted.pop("p")
    rows[0] |= {**counted, "held out": len(held_out.table)}
    for misfit in misfits.MISFITS:
        for strength in (0, 1):
            made = read("blocks", misfit, strength)
            spoilt = None
            if problem == SWEEPS:
                others = read("swept", misfit, strength)
                spoilt = others.windows, others.target
            error = judges.measure_error(made, spoilt)
            row = {"misfit": misfit, "strength": ("weak", "strong")[strength], "error": error}
            rows.append({**row, "ratio": error / base, **judges.judge(made)})
    return pd.DataFrame(rows)


class Judges:
    """All that judges windows and genomes of a problem."""

    def __init__(self, problem, net, train, held_out, hidden, null):
        self.problem, self.net = problem, net
        self.novelty = WindowNovelty.fit(train.table, held_out.table, tuple(hidden), seed=1)
        # Each genome has blocks of all rates, as the null has.
        self.fit = GenomeFit.fit(null.table, varies=False)
        compared = select_compared(train.table)
        self.names = list(compared)
        self.mean, self.scale = compared.mean(), compared.std().replace(0, 1)
        self.inverse = np.linalg.pinv(np.cov(self.standardise(train.table).T))
        self.far = np.sort(self.measure_mahalanobis(held_out.table))
        self.null = self.standardise(null.table)
        self.simulated = self.standardise(train.table)

    def standardise(self, table):
        """Return statistics with mean 0 and standard deviation 1 in training windows."""
        return ((table[self.names] - self.mean) / self.scale).to_numpy()

    def measure_mahalanobis(self, table):
        """Return plain Mahalanobis distances, squared."""
        values = self.standardise(table)
        return np.einsum("ij,jk,ik->i", values, self.inverse, values)

    def measure_error(self, blocks, swept):
        """Return the error of neutral and of swept windows, on average; or the root mean square."""
        predicted, _ = self.net.predict(blocks.windows)
        errors = self.net.measure_errors(predicted, blocks.target)
        if swept is None:
            return float(np.sqrt(errors.mean()))
        windows, target = swept
        others = self.net.measure_errors(self.net.predict(windows)[0], target)
        return float((errors.mean() + others.mean()) / 2)

    def judge(self, blocks):
        """Return what is found in neutral windows side by side, and in genomes of these."""
        table = blocks.table.drop(columns="block")
        found = self.count_windows(blocks)
        p = found.pop("p")
        verdicts, mmd = [], []
        for first in range(0, len(table) - GENOME + 1, GENOME):
            rows = slice(first, first + GENOME)
            verdicts.append(self.fit.judge(table[rows].reset_index(drop=True), p[rows]))
            mmd.append(test_mmd(self.null, self.standardise(table[rows])))
        worst = verdicts[0].differences
        first = worst[0] if worst else None
        return {
            **found,
            "genomes": len(verdicts),
            "flagged": np.mean([verdict.level != "fits" for verdict in verdicts]),
            "unfit": np.mean([verdict.level == "does not fit" for verdict in verdicts]),
            "mmd": np.mean([np.nan if each is None else each <= 0.01 for each in mmd]),
            "most": f"{first.statistic} {'higher' if first.is_above else 'lower'}" if first else "",
        }

    def count_windows(self, made):
        """Return which shares of windows are flagged, and their novelty."""
        table = made.table.drop(columns="block", errors="ignore")
        novel = self.novelty.judge(table, self.net.predict(made.windows)[1])
        far = self.measure_mahalanobis(table)
        held_out = len(self.far)
        plain = (1 + held_out - np.searchsorted(self.far, far)) / (held_out + 1)
        found = {"windows": len(table), "p": novel.p}
        for level in LEVELS:
            found |= {
                f"novel {level}": (novel.p <= level).mean(),
                f"statistics {level}": (novel.p_statistics <= level).mean(),
                f"hidden {level}": (novel.p_hidden <= level).mean(),
                f"mahalanobis {level}": (plain <= level).mean(),
            }
        return found


def test_mmd(simulated, observed):
    """Return the p-value of sbi's test of misspecification; None without sbi."""
    try:
        import torch
        from sbi.diagnostics.misspecification import calc_misspecification_mmd
    except ImportError:
        return None
    torch.manual_seed(1)
    numbers = [torch.as_tensor(each, dtype=torch.float32) for each in (observed, simulated)]
    p, _ = calc_misspecification_mmd(*numbers, n_shuffle=SHUFFLES, max_samples=SAMPLES)
    return p
