"""What the terminal shows of a run: its stages, how far each is, and why a job failed.

The profiles choose this logger plugin of Snakemake, whose own output is in its log; with
``--verbose``, ``--printshellcmds``, ``--debug-dag`` or ``--quiet`` it is on the terminal instead.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from typing import Any

from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

from coalflow_terminal.interruptions import Interruption, end_without_traceback
from coalflow_terminal.job_logs import read_error
from coalflow_terminal.plan import Plan
from coalflow_terminal.screen import Screen
from coalflow_terminal.stages import Job, Run

SECONDS_BETWEEN_TICKS = 0.5
# Of what Snakemake says in passing, only this concerns a person once a run has begun.
SHOWN = re.compile(
    f"{re.escape(NOTHING_TO_BE_DONE_MSG)}|Will exit after|Trying to restart"
    "|Creating conda env|Downloading and inst|Environment for|Pulling singularity"
)
# How a shell ended, in what Snakemake says of a failed job.
END_OF_SHELL = re.compile(r"returned non-zero exit status \d+|died with <[^>]*>")
OWN_LOG = "Complete log(s):"
# Each failed job has had its own lines, and an interruption its sentence.
REPEATED = ("Exiting because a job execution failed", "At least one job did not complete")


def register() -> None:
    """Make this plugin known to Snakemake, which finds installed ones only; watch for signals."""
    LoggerPluginRegistry().register_plugin(
        "snakemake_logger_plugin_coalflow", sys.modules[__name__]
    )
    end_without_traceback()


class LogHandler(LogHandlerBase):
    """Shows a run. Snakemake calls it in a thread of its own, one record after the other."""

    def __post_init__(self) -> None:
        """Prepare for a run, which may never begin."""
        settings = self.common_settings
        self.is_replaced = bool(
            settings.verbose or settings.printshellcmds or settings.debug_dag or settings.quiet
        )
        self.run, self.plan = Run(), Plan()
        self.screen = Screen(sys.stdout if settings.stdout else sys.stderr, self.run)
        self.begun = self.has_jobs = False
        self.held: list[str] = []  # what is said before it is known whether there is a run
        self.end_of_shell = ""  # what Snakemake says before it names the job
        self.shown_errors: set[str] = set()
        self.shown_warnings: set[str] = set()
        self.cores: int | None = None
        self.guard = threading.RLock()
        self.ended = threading.Event()
        self.ticker = threading.Thread(target=self._tick, daemon=True)
        if not self.is_replaced:
            Interruption.say = self._say_interruption

    # What Snakemake asks of a plugin.
    writes_to_stream = property(lambda self: not self.is_replaced)
    writes_to_file = needs_rulegraph = property(lambda self: False)
    has_filter = has_formatter = property(lambda self: True)

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record, or not."""
        if self.is_replaced:
            return
        try:
            with self.guard:
                self._show(record)
        except Exception:
            self.handleError(record)

    # Records have the attributes of their event, of which Snakemake has no types.
    def _show(self, record: Any) -> None:
        event = getattr(record, "event", None)
        if event == LogEvent.WORKFLOW_STARTED:
            self.begun = True
            self.held.clear()
        elif event == LogEvent.RESOURCES_INFO:
            self.cores = getattr(record, "cores", self.cores)
        elif event == LogEvent.RUN_INFO:
            self._show_run(record)
        elif event == LogEvent.JOB_INFO:
            self._show_start(record)
        elif event == LogEvent.JOB_FINISHED:
            self.screen.say(self.run.finish(record.job_id))
            self.screen.refresh()
        elif event == LogEvent.JOB_ERROR:
            self._show_failure(record)
        elif event == LogEvent.GROUP_ERROR:
            logs = "".join(f"\n    log: {log}" for log in record.aux_logs)
            self.screen.say([f"Failed: a group of jobs{logs}"])
        elif event in (None, LogEvent.ERROR):
            self._show_message(record)

    def _show_run(self, record: Any) -> None:
        """Show what is to be done; on a dry run, when all jobs were listed."""
        stats = getattr(record, "stats", None)
        if stats is None:  # what the Snakefile itself says
            self.screen.say([record.message])
        elif self.common_settings.dryrun:
            if self.has_jobs:
                self.screen.say(self.plan.describe())
            self.has_jobs = True
        else:
            self.has_jobs = True
            self.screen.say(self.run.begin(stats, self.cores))
            self.ticker.start()

    def _show_start(self, record: Any) -> None:
        if record.rule_msg is None:  # a target, which runs nothing
            return
        if self.common_settings.dryrun:
            self.plan.add(record.rule_name, record.rule_msg, record.reason)
            return
        job = Job(
            record.jobid,
            record.rule_name,
            record.rule_msg,
            next(iter(record.log), None),
            writes_to_terminal="| tee " in (record.shellcmd or ""),
        )
        self.screen.say(self.run.start(job))
        self.screen.refresh()

    def _show_failure(self, record: Any) -> None:
        """Show a failed job: what it is, its own message, and where its log is."""
        if Interruption.signal:
            return
        job = self.run.fail(record.jobid)
        logs = list(record.log)
        error, says_why = read_error(logs)
        if not error and getattr(record, "indent", False):  # one of a group, which did not fail
            return
        if not says_why:
            why = [record.rule_msg or "", *END_OF_SHELL.findall(self.end_of_shell)[-1:]]
            error = "\n".join(line for line in [error, *why] if line)
        lines = [f"Failed: {job.what if job else record.rule_name} (rule {record.rule_name})"]
        if error not in self.shown_errors:
            lines += [f"    {line}" for line in error.splitlines()]
        self.shown_errors.add(error)
        self.screen.say(["\n".join([*lines, *(f"    log: {log}" for log in logs)])])

    def _show_message(self, record: Any) -> None:
        message = record.getMessage()
        if record.levelno < logging.WARNING:
            if not self.begun:
                self.held.append(message)
            elif SHOWN.match(message):
                self.screen.say([message])
            elif self.run.failed and message.startswith(OWN_LOG):
                self.screen.say([message.replace(OWN_LOG, "Snakemake's own log is")])
            return
        if Interruption.signal or message.startswith(REPEATED[0]):
            return
        if self.has_jobs and "CalledProcessError" in message:
            self.end_of_shell = message
        elif REPEATED[1] in message:
            self.screen.say([self.run.describe_failures()])
        elif message not in self.shown_warnings:
            self.shown_warnings.add(message)
            self.screen.say([message])

    def _say_interruption(self, sentence: str) -> None:
        self.ended.set()
        with self.guard:
            self.screen.stop()
            self.screen.say([sentence])

    def _tick(self) -> None:
        """Show how far jobs are."""
        while not self.ended.wait(SECONDS_BETWEEN_TICKS):
            with self.guard:
                if self.screen.is_live:
                    self.screen.say(self.run.read_notes())
                    self.screen.refresh()
                else:
                    self.screen.say(self.run.describe_progress())

    def close(self) -> None:
        """Show what is left to be shown."""
        self.ended.set()
        with self.guard:
            self.screen.stop()
            if not self.is_replaced:
                self.screen.say(self.held)
                self.held.clear()
        super().close()
