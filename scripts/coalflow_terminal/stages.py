"""How far a run is: its stages, each of which is the jobs of one rule."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from coalflow_terminal.job_logs import LogTail

MOST_NAMED = 8  # jobs of a stage whose progress is shown each by itself
WORTH_A_LINE = 10  # seconds: what took less is not said to be done
ENOUGH = 3  # jobs that are done say how long the others take
PRECISE = 120  # seconds: longer estimates are of whole minutes
SECONDS_BETWEEN_LINES = 60
STAGE = re.compile(r"(.+?)(: | \(|$)")


class Job:
    """A job that runs.

    Parameters
    ----------
    jobid : int
        Snakemake's.
    rule : str
    what : str
        The rule's message: its stage, and which job of the stage this is. After a colon, each job
        is shown by itself; in brackets, jobs are only counted.
    log : str, optional
    writes_to_terminal : bool
        Whether the terminal is to be left to it.
    """

    def __init__(
        self, jobid: int, rule: str, what: str, log: str | None, writes_to_terminal: bool = False
    ) -> None:
        self.jobid, self.rule, self.what = jobid, rule, what
        self.title, self.is_named = split_message(what)
        self.tail, self.writes_to_terminal = LogTail(log), writes_to_terminal
        self.started = time.monotonic()
        self.said = ""  # the last line of the log that was shown


class Stage:
    """The jobs of one rule.

    Parameters
    ----------
    first : Job
        One of them.
    total : int
        How many there are.
    """

    def __init__(self, first: Job, total: int) -> None:
        self.title, self.names_jobs = first.title, first.is_named
        if total == 1:
            self.title, self.names_jobs = first.what, True
        self.total, self.done = total, 0
        self.started = self.shown = time.monotonic()
        self.names_longest = False  # whether a line has said that one of its jobs is done
        self.running: dict[int, Job] = {}

    def describe(self) -> str:
        """Return how many jobs are done, and for about how long the others will take."""
        text = f"{self.done:,} of {self.total:,}"
        if self.done < ENOUGH:
            return text
        left = (time.monotonic() - self.started) / self.done * (self.total - self.done)
        if left > PRECISE:
            left = 60 * round(left / 60)
        return f"{text}, about {describe_duration(left)} left"


class Run:
    """A run from its first job to its last, and the lines that say how far it is."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.totals: Mapping[str, int] = {}
        self.stages: dict[str, Stage] = {}
        self.running: dict[int, Job] = {}
        self.done = self.failed = 0
        self.shown_notes: set[tuple[str, str]] = set()

    def begin(self, totals: Mapping[str, int], cores: int | None) -> list[str]:
        """Begin a run of this many jobs of each rule; return what to show."""
        self.totals = totals
        where = f" on {_count(cores, 'core')}" if cores else ""
        return [f"{_count(self.total, 'job')}{where}"]

    @property
    def total(self) -> int:
        """How many jobs there are, without targets that run nothing."""
        return self.totals.get("total", 0) - self.totals.get("all", 0)

    def start(self, job: Job) -> list[str]:
        """Note that a job runs; return what to show: the first of a stage begins it."""
        self.running[job.jobid] = job
        is_new = job.rule not in self.stages
        if is_new:
            self.stages[job.rule] = Stage(job, self.totals.get(job.rule, 1))
        stage = self.stages[job.rule]
        stage.running[job.jobid] = job
        if not is_new:
            return []
        return [stage.title if stage.total == 1 else f"{stage.title}: {stage.total:,} jobs"]

    def finish(self, jobid: int) -> list[str]:
        """Note that a job is done; return what to show."""
        job = self.running.get(jobid)
        if job is None:
            return []
        lines = self._collect_notes(job)
        stage = self._remove(job)
        stage.done += 1
        self.done += 1
        seconds = time.monotonic() - job.started
        if stage.names_jobs and seconds >= WORTH_A_LINE:
            stage.names_longest = True
            lines.append(
                f"{job.what}: {_add(job.tail.last_line)}done in {describe_duration(seconds)}"
            )
        seconds = time.monotonic() - stage.started
        if stage.done == stage.total and not stage.names_longest and seconds >= WORTH_A_LINE:
            lines.append(f"{stage.title}: done in {describe_duration(seconds)}")
        return lines

    def fail(self, jobid: int) -> Job | None:
        """Note that a job failed; return it, if it is known."""
        job = self.running.get(jobid)
        if job is not None:
            self._remove(job)
            self.failed += 1
        return job

    def _remove(self, job: Job) -> Stage:
        del self.running[job.jobid]
        stage = self.stages[job.rule]
        del stage.running[job.jobid]
        return stage

    def read_notes(self) -> list[str]:
        """Return what the logs of jobs that are shown by themselves have to say to the user."""
        stages = (stage for stage in self.stages.values() if stage.names_jobs)
        return [
            note
            for stage in stages
            for job in list(stage.running.values())[:MOST_NAMED]
            for note in self._collect_notes(job)
        ]

    def describe_progress(self) -> list[str]:
        """Return a line for each stage of which none was shown for a minute, or for its jobs."""
        lines = []
        now = time.monotonic()
        for stage in self.stages.values():
            if stage.running and now - stage.shown >= SECONDS_BETWEEN_LINES:
                stage.shown = now
                news = self._list_news(stage)
                if stage.names_jobs and news and stage.total <= MOST_NAMED:
                    lines += news
                elif stage.total == 1:
                    lines.append(f"{stage.title}: still running")
                else:
                    lines += [f"{stage.title}: {stage.describe()}", *news]
        return lines

    def _list_news(self, stage: Stage) -> list[str]:
        """Return notes, and what the longest jobs have last written to their logs.

        Of jobs that are counted, only the longest is shown, until one is done.
        """
        news = []
        most = MOST_NAMED if stage.names_jobs else int(not stage.done)
        for job in list(stage.running.values())[:most]:
            news += self._collect_notes(job)
            if job.tail.last_line not in ("", job.said):
                job.said = job.tail.last_line
                news.append(f"{job.what}: {job.said}")
        return news

    def _collect_notes(self, job: Job) -> list[str]:
        """Return what a job's log has to say to the user, each thing once for all its stage."""
        fresh = []
        for note in job.tail.read_notes():
            if (job.rule, note) not in self.shown_notes:
                self.shown_notes.add((job.rule, note))
                fresh.append(f"{job.what}: {note}")
        return fresh

    def describe_failures(self) -> str:
        """Return how a run ended in which jobs failed."""
        failed = f"{_count(self.failed, 'job')} failed"
        return (
            f"{failed}, {self.done:,} of {self.total:,} are done and kept: "
            "once the cause is removed, the same command resumes the run"
        )


def split_message(message: str) -> tuple[str, bool]:
    """Return the stage that a rule's message names, and whether jobs are shown by themselves.

    Examples
    --------
    >>> split_message("Training: coalflow, restart 0")
    ('Training', True)
    >>> split_message("Simulating (cell a: b, shard 00001)")
    ('Simulating', False)
    """
    stage = STAGE.match(message)
    assert stage is not None
    return stage[1], stage[2] == ": "


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _add(line: str) -> str:
    return f"{line}; " if line else ""


def describe_duration(seconds: float) -> str:
    """Return a duration in words.

    Examples
    --------
    >>> describe_duration(45.2), describe_duration(125), describe_duration(180)
    ('45 s', '2 min 5 s', '3 min')
    >>> describe_duration(7300)
    '2 h 1 min'
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
