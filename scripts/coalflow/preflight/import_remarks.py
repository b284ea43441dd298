"""Remarks on imported files, as findings."""

from collections.abc import Iterator

from coalflow.config.schema.whole import Config
from coalflow.imports.remarks import list_unused_knowledge
from coalflow.preflight.findings import Finding
from coalflow.preflight.pilot import Pilot

TOPIC = "import"


def find_import_remarks(pilot: Pilot, config: Config) -> Iterator[Finding]:
    """Yield what was left out of imported files, assumed, or not used, as far as it can be changed.

    Parameters
    ----------
    pilot : Pilot
    config : Config
    """
    for unused in list_unused_knowledge(config):
        yield Finding(TOPIC, "all cells", unused.remark, unused.fix)
    for cell, remarks in pilot.remarks.items():
        for found in remarks:
            if found.remark.fix:
                where = f"{found.remark.remark} (first in {found.first})"
                yield Finding(TOPIC, cell, where, found.remark.fix)
