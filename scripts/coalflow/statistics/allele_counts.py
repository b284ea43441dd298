"""Statistics of sites from allele counts, each site by the alleles that were called.

They are what tskit computes where all is called, and go on where genotypes are missing, which tskit
does not have at one site alone. With n alleles called at a site, k of them 1, the site adds
2 k (n - k) / (n (n - 1)) to pi, 2 k^2 / (n (n - 1)) to theta_H, and
1 / (1 + 1/2 + ... + 1 / (n - 1)) to Watterson's theta. In Tajima's D pi and the last are compared;
its variance is that of as many haplotypes as are called on average at the sites. Where all are
called, that is Tajima's (1989) formula.
"""

import numpy as np

OF_ONE = (
    "segregating_sites",
    "diversity",
    "watterson_theta",
    "tajimas_d",
    "theta_h",
    "fay_wu_h",
)
OF_TWO = ("divergence", "fst")


class Sites:
    """The sites of windows, by the part of the window that they lie in."""

    def __init__(self, windows, haplotypes=slice(None)):
        """Take :class:`coalflow.windows.encoding.Windows`; ``haplotypes`` are those to look at."""
        copies = windows.haplotypes[:, :, haplotypes].sum(axis=2, dtype=np.int64)
        self.haplotypes = len(range(windows.number_of_haplotypes)[haplotypes])
        number = np.full(copies.shape, self.haplotypes)
        if windows.called_packed is not None:
            number = windows.called[:, :, haplotypes].sum(axis=2, dtype=np.int64)
        # Sites that vary in what is called; padding has the allele 0 alone.
        self.window, site = np.nonzero((copies > 0) & (copies < number))
        self.copies, self.number = copies[self.window, site], number[self.window, site]
        self.positions = windows.positions[self.window, site]
        self.windows = len(windows)

    def spectrum(self):
        """Return the site-frequency spectrum, float64 (windows, haplotypes - 1).

        Column k counts the sites at which a share of called alleles is 1 that is nearest to
        that of k + 1 copies among all haplotypes.
        """
        share = np.rint(self.copies * self.haplotypes / self.number).astype(np.int64)
        column = np.clip(share, 1, self.haplotypes - 1) - 1
        columns = self.haplotypes - 1
        counts = np.bincount(self.window * columns + column, minlength=self.windows * columns)
        return counts.reshape(self.windows, columns).astype(float)

    def folded_spectrum(self):
        """Return the spectrum of the rarer allele, float64 (windows, haplotypes // 2).

        Column k counts the sites at which either allele has k + 1 copies.
        """
        counts = self.spectrum()
        half = self.haplotypes // 2
        folded = counts[:, :half] + counts[:, ::-1][:, :half]
        if self.haplotypes % 2 == 0:
            folded[:, -1] = counts[:, half - 1]
        return folded

    def statistic(self, name, parts):
        """Return one of ``OF_ONE``, float64 (windows, parts)."""
        return getattr(self, name)(parts)

    def segregating_sites(self, parts):
        """Return the number of sites that vary, float64 (windows, parts)."""
        return self._sums(np.ones(len(self.copies)), parts)

    def diversity(self, parts):
        """Return pi, float64 (windows, parts)."""
        n, k = self.number, self.copies
        return self._sums(2 * k * (n - k) / (n * (n - 1)), parts)

    def watterson_theta(self, parts):
        """Return Watterson's theta, float64 (windows, parts)."""
        harmonic, _ = sum_harmonic_series(self.haplotypes)
        return self._sums(1 / harmonic[self.number], parts)

    def theta_h(self, parts):
        """Return Fay and Wu's (2000) theta_H, float64 (windows, parts)."""
        n, k = self.number, self.copies
        return self._sums(2 * k**2 / (n * (n - 1)), parts)

    def fay_wu_h(self, parts):
        """Return Fay and Wu's (2000) H, pi - theta_H, float64 (windows, parts)."""
        return self.diversity(parts) - self.theta_h(parts)

    def tajimas_d(self, parts):
        """Return Tajima's D, float64 (windows, parts); nan without variation."""
        segregating = self.segregating_sites(parts)
        with np.errstate(invalid="ignore", divide="ignore"):
            called = np.nan_to_num(np.rint(self._sums(self.number, parts) / segregating), nan=2)
            n = called.astype(np.int64)
            a1, a2 = (sums[n] for sums in sum_harmonic_series(self.haplotypes))
            e1 = ((n + 1) / (3 * (n - 1)) - 1 / a1) / a1
            b2 = 2 * (n**2 + n + 3) / (9 * n * (n - 1))
            e2 = (b2 - (n + 2) / (a1 * n) + a2 / a1**2) / (a1**2 + a2)
            variance = e1 * segregating + e2 * segregating * (segregating - 1)
            return (self.diversity(parts) - self.watterson_theta(parts)) / np.sqrt(variance)

    def _sums(self, values, parts):
        part = self.window * parts + take_part(self.positions, parts)
        return np.bincount(part, values, minlength=self.windows * parts).reshape(-1, parts)


def take_part(positions, parts):
    """Return in which of some parts of equal length positions from 0 to 1 lie, int64."""
    return np.minimum((positions.astype(np.float64) * parts).astype(np.int64), parts - 1)


def compute_from_allele_counts(windows, definition, populations):
    """Return a statistic of the sites of windows, float64 (windows,); nan where it has none.

    ``definition`` is that of a target, ``populations`` are slices of the haplotypes by name.
    Of the whole sample or one population: those of ``OF_ONE``. Of two: ``divergence`` and ``fst``.
    """
    sets = [populations[name] for name in definition["of"]] or [slice(None)]
    name = definition["statistic"]
    if len(sets) == 1 and name in OF_ONE:
        return Sites(windows, *sets).statistic(name, 1)[:, 0]
    if len(sets) == 2 and name in OF_TWO:
        divergence = _divergence(windows, *sets)
        if name == "divergence":
            return divergence
        within = sum(
            compute_from_allele_counts(windows, _diversity_of(one), populations)
            for one in definition["of"]
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            return 1 - 2 * within / (within + 2 * divergence)
    return np.full(len(windows), np.nan)


def _diversity_of(population):
    return {"statistic": "diversity", "of": [population]}


def _divergence(windows, one, other):
    """Return the mean number of differences of haplotypes of two sets, float64 (windows,).

    Sites where nothing is called in one of them count as if they did not differ.
    """
    alleles, called = windows.haplotypes, windows.called
    number = [called[:, :, some].sum(axis=2, dtype=np.int64) for some in (one, other)]
    shares = [
        alleles[:, :, some].sum(axis=2, dtype=np.int64) / np.maximum(n, 1)
        for some, n in zip((one, other), number, strict=True)
    ]
    differing = shares[0] * (1 - shares[1]) + shares[1] * (1 - shares[0])
    return np.where((number[0] > 0) & (number[1] > 0), differing, 0).sum(axis=1)


def sum_harmonic_series(most):
    """Return 1 + 1/2 + ... + 1/(n - 1) and the same of squares for n up to ``most``, float64."""
    with np.errstate(divide="ignore"):
        terms = 1 / np.arange(-1.0, most)
    terms[:2] = 0
    return np.cumsum(terms), np.cumsum(terms**2)
