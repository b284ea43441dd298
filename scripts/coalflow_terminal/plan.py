"""What a dry run would do: a line for each rule."""

from __future__ import annotations

import dataclasses
import re

from coalflow_terminal.stages import split_message


@dataclasses.dataclass
class Planned:
    """The jobs of a rule that would run: their stage, why the first of them runs, how many."""

    title: str
    why: str
    jobs: int = 0


class Plan:
    """The jobs that would run."""

    def __init__(self) -> None:
        self.rules: dict[str, Planned] = {}

    def add(self, rule: str, message: str, reason: str) -> None:
        """Add a job.

        Parameters
        ----------
        rule, message, reason : str
            Its rule, its message, and Snakemake's reason for running it.
        """
        planned = self.rules.setdefault(
            rule, Planned(split_message(message)[0], shorten_reason(reason))
        )
        planned.jobs += 1

    def describe(self) -> list[str]:
        """Return the lines to show."""
        jobs = sum(rule.jobs for rule in self.rules.values())
        width = max((len(name) for name in self.rules), default=0)
        return [
            f"{jobs:,} job{'s' * (jobs != 1)} would run; this is a dry run, which runs none:",
            *(
                f"{rule.jobs:>7,}  {name:<{width}}  {rule.title} ({rule.why})"
                for name, rule in self.rules.items()
            ),
        ]


def shorten_reason(reason: str) -> str:
    """Return a reason without the names of files.

    Examples
    --------
    >>> shorten_reason("Missing output files: a.npz, b.npz; Code has changed since last execution")
    'missing output files; code has changed since last execution'
    """
    parts = re.split("; (?=[A-Z])", reason)
    return "; ".join(part[:1].lower() + part[1:].partition(": ")[0] for part in parts)
