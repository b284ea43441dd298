"""The window of a genome around a base."""

from __future__ import annotations

import pathlib

import numpy as np

from coalflow.config.schema.interpreting.explain import GenomePlace
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.config.settings.view import View
from coalflow.core.errors import CoalflowError, suggest_nearest
from coalflow.genomes.opening import open_genome
from coalflow.genomes.plan import list_parts, read_plan
from coalflow.genomes.windows.laid_windows import lay_windows
from coalflow.genomes.windows.window_batches import encode_batch
from coalflow.windows.packed_windows import Windows


def read_place(
    folder: pathlib.Path, place: GenomePlace, view: View, options: GenomeOptions
) -> tuple[Windows, str]:
    """Return the window of a genome whose middle is nearest to a base, among those with the base.

    Parameters
    ----------
    folder : Path
        The genome's, with ``plan.json`` and ``contigs/``.
    place : GenomePlace
    view : View
        That of the models.
    options : GenomeOptions

    Returns
    -------
    Windows
        One window.
    str
        Where it is, such as ``chr2:1,001-5,000``.

    Raises
    ------
    CoalflowError
        If the genome has no such contig, or no window there that models can read.
    """
    plan = read_plan(folder / "plan.json")
    stores = list_parts(folder / "contigs", plan)
    opened = open_genome(stores, plan, view.samples, view.observation, options)
    contigs = {contig.name: contig for contig in opened.contigs}
    name = place.contig or (next(iter(contigs)) if len(contigs) == 1 else "")
    where = f"explain.windows: genome {place.genome}"
    if not name:
        raise CoalflowError(
            f"{where} has {len(contigs)} contigs: name one, as in "
            f"genome:{place.genome}:{next(iter(contigs))}:{place.position}"
        )
    if name not in contigs:
        raise CoalflowError(f"{where} has no usable contig {name}{suggest_nearest(name, contigs)}")
    contig = contigs[name]
    windows = lay_windows(contig, view.encoding, options)
    around = np.flatnonzero((windows.start < place.position) & (windows.end >= place.position))
    if not len(around):
        raise CoalflowError(f"{where} has no window with base {place.position:,} of contig {name}")
    middle = (windows.start[around] + windows.end[around]) / 2
    chosen = windows[around[[np.abs(middle - place.position).argmin()]]]
    encoded = encode_batch([(contig, chosen)], view).encoded
    start, end = int(chosen.start[0]) + 1, int(chosen.end[0])
    shown = f"{name}:{start:,}-{end:,}"
    if encoded is None:
        raise CoalflowError(f"{where}: window {shown} has too few usable sites for the nets")
    return encoded, shown
