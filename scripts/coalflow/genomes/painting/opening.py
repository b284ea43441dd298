"""What paints genomes, of a model that travels."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

from coalflow.config.genomes.model_files import ANCESTRY_FILE
from coalflow.core.errors import CoalflowError
from coalflow.evaluation.ancestry.ancestry_calibration import AncestryFile
from coalflow.evaluation.calibration.calibration_files import parse_calibration_file
from coalflow.genomes.painting.painted_contigs import Painter
from coalflow.models.storage.model import Model
from coalflow.models.storage.packages import read_extra


def open_painter(path: str | pathlib.Path, trained: Mapping[str, Model]) -> Painter:
    """Return what paints genomes.

    Parameters
    ----------
    path : path
        The folder of a net that predicts ancestry at each base, or of one of its restarts; or a
        zip.
    trained : mapping of str to Model
        That net, with all restarts and their ensemble, by name.

    Raises
    ------
    CoalflowError
        If it is not known how its probabilities are calibrated.
    """
    path = pathlib.Path(path)
    content = read_extra(path, ANCESTRY_FILE)
    if content is None:
        raise CoalflowError(
            f"{path}: predicts the ancestry of each base, but was packed, or copied, before that "
            f"was judged: it has no {ANCESTRY_FILE}, by which probabilities are calibrated and "
            "segments called. Where it was made, run `snakemake package` again, then copy it again"
        )
    calibrations = parse_calibration_file(content, path / ANCESTRY_FILE, AncestryFile).calibrations
    if not any(name in calibrations for name in trained):
        raise CoalflowError(
            f"{path}: its {ANCESTRY_FILE} is about {', '.join(calibrations) or 'no model'}, not "
            f"about {', '.join(trained)}. Copy it again from where it was made"
        )
    return Painter.choose(trained, calibrations)
