"""All interactive pictures of a page, and what draws them."""

from __future__ import annotations

import pathlib

from coalflow.report.interactive.library import read_library
from coalflow.report.interactive.scan_picture import ScanPicture, make_scan_picture
from coalflow.report.interactive.tracks import ScanTracks

MOST_IN_PAGE = 60_000  # windows, of all genomes together: 5 MB
MOST_IN_PICTURE = 20_000


class PageScans:
    """The interactive pictures of a page.

    Parameters
    ----------
    folder : Path
        That of the page.
    genomes : int
        How many genomes are going to have a picture: they share what a page may weigh.
    """

    def __init__(self, folder: pathlib.Path, genomes: int = 1) -> None:
        self.folder = folder
        self.most = min(MOST_IN_PICTURE, MOST_IN_PAGE // max(genomes, 1))
        self.has_any = False

    def draw_scan(self, folder: str, genome: str, tracks: ScanTracks) -> ScanPicture | None:
        """Return the picture of a genome; None where it has no window.

        Parameters
        ----------
        folder : str
            That of the scan, as a path within that of the page.
        genome : str
            Its name on the page.
        tracks : ScanTracks
            What is drawn.

        Raises
        ------
        CoalflowError
            If a table is missing or damaged.
        """
        picture = make_scan_picture(self.folder / folder, genome, tracks, self.most)
        self.has_any |= picture is not None
        return picture

    def read_library(self) -> str:
        """Return the JavaScript that draws them."""
        return read_library()
