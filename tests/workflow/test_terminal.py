"""What the terminal shows of a run, from the events that Snakemake logs."""

import io
import logging
import types

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from coalflow_terminal import handler, interruptions, job_logs, screen, stages
from coalflow_terminal.plan import shorten_reason

SETTINGS = {"verbose": False, "printshellcmds": False, "debug_dag": False, "quiet": set()}


class Terminal:
    """A run, of which we log the events, and what is shown of it."""

    def __init__(self, stream, **settings):
        common = types.SimpleNamespace(**SETTINGS | {"stdout": False, "dryrun": False} | settings)
        self.handler = handler.LogHandler(common, None)
        self.handler.screen.stream = self.stream = stream
        self.handler.screen.is_live = stream.isatty()

    def log(self, event, message="", level=logging.INFO, **attributes):
        record = logging.LogRecord("snakemake", level, "", 0, message, None, None)
        record.message = message
        record.__dict__.update(event=event, **attributes)
        self.handler.emit(record)

    def begin(self, **totals):
        self.log(LogEvent.WORKFLOW_STARTED)
        self.log(LogEvent.RESOURCES_INFO, cores=2)
        self.log(LogEvent.RUN_INFO, stats={**totals, "total": sum(totals.values())})

    def start(self, number, rule, message, log=None, command="python", reason=""):
        attributes = {"rule_msg": message, "log": [str(log)] if log else [], "reason": reason}
        attributes |= {"shellcmd": command, "jobid": number, "rule_name": rule}
        self.log(LogEvent.JOB_INFO, **attributes)

    def fail(self, number, rule, log, why=None):
        self.log(
            LogEvent.ERROR, "CalledProcessError: died with <Signals.SIGKILL: 9>.", logging.ERROR
        )
        attributes = {"rule_msg": why, "log": [str(log)], "shellcmd": "", "aux": {}}
        self.log(LogEvent.JOB_ERROR, "", logging.ERROR, jobid=number, rule_name=rule, **attributes)

    def shown(self):
        """Return the lines that are new, without the time since the run began."""
        self.handler.screen.say(self.handler.run.describe_progress())
        lines = [line[8:] for line in self.stream.getvalue().splitlines()]
        self.stream.seek(0)
        self.stream.truncate()
        return lines


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Give a clock that stands still until the test moves it."""
    now = types.SimpleNamespace(seconds=100.0)
    fake = types.SimpleNamespace(monotonic=lambda: now.seconds, time=lambda: 0.0)
    monkeypatch.setattr(stages, "time", fake)
    monkeypatch.setattr(job_logs, "time", fake)
    monkeypatch.setattr(interruptions.Interruption, "say", print)
    return now


@pytest.fixture
def terminal(clock):
    terminal = Terminal(io.StringIO())
    yield terminal
    terminal.handler.close()


def test_a_stage_of_many_jobs_is_counted_once_a_minute(terminal, clock):
    terminal.begin(simulate=40, all=1)
    for number in range(40):
        terminal.start(number, "simulate", f"Simulating (cell a, shard {number:05d})")
    assert terminal.shown() == ["40 jobs on 2 cores", "Simulating: 40 jobs"]
    for number in range(10):
        clock.seconds += 6
        terminal.log(LogEvent.JOB_FINISHED, job_id=number)
        terminal.log(LogEvent.PROGRESS, done=number, total=41)
    assert terminal.shown() == ["Simulating: 10 of 40, about 3 min left"]
    clock.seconds += 59
    assert terminal.shown() == []
    for number in range(10, 40):
        terminal.log(LogEvent.JOB_FINISHED, job_id=number)
    assert terminal.shown() == ["Simulating: done in 1 min 59 s"]


def test_trainings_are_told_apart_and_each_has_a_line_a_minute(terminal, clock, tmp_path):
    terminal.begin(train=2)
    logs = [tmp_path / "0.log", tmp_path / "1.log"]
    for number, log in enumerate(logs):
        terminal.start(number, "train", f"Training: flagel, restart {number}", log)
    assert terminal.shown()[1:] == ["Training: 2 jobs"]
    for epoch in range(500):
        for log in logs:
            with log.open("a") as file:
                file.write(f"epoch {epoch}/500  loss 0.1\n")
    logs[0].open("a").write("note: the net is memorising\ntook 3 s of processor time")
    assert terminal.shown() == []
    clock.seconds += 60
    assert terminal.shown() == [
        "Training: flagel, restart 0: note: the net is memorising",
        "Training: flagel, restart 0: epoch 499/500  loss 0.1",
        "Training: flagel, restart 1: epoch 499/500  loss 0.1",
    ]
    clock.seconds += 60  # nothing is new
    assert terminal.shown() == ["Training: 0 of 2"]
    logs[1].open("a").write("best: epoch 7 of 500\ntook 3 s of processor time\n")
    terminal.log(LogEvent.JOB_FINISHED, job_id=1)
    assert terminal.shown() == ["Training: flagel, restart 1: best: epoch 7 of 500; done in 2 min"]


def test_of_many_trainings_some_are_shown_and_all_are_counted(terminal, clock, tmp_path):
    terminal.begin(train=40)
    for number in range(20):
        log = tmp_path / f"{number}.log"
        log.write_text("epoch 1/9\n")
        terminal.start(number, "train", f"Training: flagel, restart {number}", log)
    terminal.shown()
    clock.seconds += 60
    first, *others = terminal.shown()
    assert first == "Training: 0 of 40"
    assert others == [f"Training: flagel, restart {number}: epoch 1/9" for number in range(8)]


def test_how_far_jobs_that_are_counted_are_is_shown_until_one_is_done(terminal, clock, tmp_path):
    log = tmp_path / "0.log"
    log.write_text("a: 40 of 90\n")
    terminal.begin(simulate=3, split=1)
    for number in range(2):
        terminal.start(number, "simulate", f"Simulating (cell a, shard {number})", log)
    terminal.start(2, "split", "Dividing the replicates")
    assert terminal.shown()[1:] == ["Simulating: 3 jobs", "Dividing the replicates"]
    clock.seconds += 60
    assert terminal.shown() == [
        "Simulating: 0 of 3",
        "Simulating (cell a, shard 0): a: 40 of 90",
        "Dividing the replicates: still running",
    ]
    terminal.log(LogEvent.JOB_FINISHED, job_id=1)
    log.open("a").write("a: 80 of 90\n")
    clock.seconds += 60
    assert terminal.shown()[0] == "Simulating: 1 of 3"


def test_a_job_that_fails_is_its_own_message_once_and_its_log(terminal, tmp_path):
    terminal.begin(simulate=9)
    log = tmp_path / "0.log"
    log.write_text(
        "cell a: 3 of 9\nerror: no such mask\nin two lines\ntook 1 s of processor time\n"
    )
    for number in range(2):
        terminal.start(number, "simulate", f"Simulating: shard {number}", log)
    terminal.shown()
    for number in range(2):
        terminal.fail(number, "simulate", log)
    terminal.log(None, "Exiting because a job execution failed. Look above", logging.ERROR)
    terminal.log(None, "Complete log(s): /a.log")
    terminal.log(LogEvent.ERROR, "WorkflowError:\nAt least one job did not complete", logging.ERROR)
    assert terminal.shown() == [
        "Failed: Simulating: shard 0 (rule simulate)",
        "    error: no such mask",
        "    in two lines",
        f"    log: {log}",
        "Failed: Simulating: shard 1 (rule simulate)",
        f"    log: {log}",
        "Snakemake's own log is /a.log",
        "2 jobs failed, 0 of 9 are done and kept: "
        "once the cause is removed, the same command resumes the run",
    ]


@pytest.mark.parametrize(
    ("text", "why", "shown"),
    [
        ("epoch 1/9\nepoch 2/9\n", None, ["epoch 2/9", "died with <Signals.SIGKILL: 9>"]),
        ("", "SLURM status is: 'TIMEOUT'", ["SLURM status is: 'TIMEOUT'", "died with <Sig"]),
        ("x\nTraceback (most\n  a\nKeyError: 1\n", None, ["Traceback (most", "  a", "KeyError: 1"]),
    ],
)
def test_a_job_without_a_message_is_how_it_ended(terminal, tmp_path, text, why, shown):
    log = tmp_path / "0.log"
    log.write_text(text)
    terminal.begin(train=1)
    terminal.start(0, "train", "Training: flagel, restart 0", log)
    terminal.shown()
    terminal.fail(0, "train", log, why)
    lines = terminal.shown()[1:]
    assert all(line.startswith(f"    {words}") for line, words in zip(lines, shown, strict=False))


def test_warnings_are_shown_and_what_snakemake_says_in_passing_is_not(terminal):
    terminal.log(None, "Building DAG of jobs...")
    terminal.begin(split=1)
    terminal.log(None, "Select jobs to execute...")
    terminal.log(None, "Output split.parquet has older modification time", logging.WARNING)
    terminal.log(LogEvent.RUN_INFO, "The report is here")
    assert terminal.shown()[1:] == [
        "Output split.parquet has older modification time",
        "The report is here",
    ]


def test_without_a_run_all_is_shown():
    terminal = Terminal(io.StringIO())
    terminal.log(None, "Unlocked working directory.")
    terminal.handler.close()
    assert terminal.stream.getvalue() == "Unlocked working directory.\n"


@pytest.mark.parametrize("option", [{"verbose": True}, {"printshellcmds": True}, {"quiet": {1}}])
def test_options_about_snakemakes_output_replace_ours(option):
    terminal = Terminal(io.StringIO(), **option)
    assert not terminal.handler.writes_to_stream
    terminal.begin(split=1)
    assert terminal.stream.getvalue() == ""


def test_a_terminal_has_a_display_that_leaves_no_trace(clock, tmp_path, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    stream = io.StringIO()
    stream.isatty = lambda: True
    terminal = Terminal(stream)
    terminal.begin(train=1, check=1)
    log = tmp_path / "0.log"
    log.write_text("epoch 3/9\n")
    terminal.start(0, "train", "Training: flagel, restart 0", log)
    terminal.handler.run.read_notes()
    terminal.handler.screen.refresh()
    assert "0 of 2 jobs" in stream.getvalue()
    assert "Training: flagel, restart 0  epoch 3/9" in stream.getvalue()
    terminal.start(1, "check", "Looking ahead", command="python check.py | tee check.log")
    assert terminal.handler.screen.live is None  # the job has the terminal for itself
    assert stream.getvalue().endswith("\x1b[2K")
    terminal.handler.close()


def test_a_terminal_that_cannot_redraw_gets_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    stream = io.StringIO()
    stream.isatty = lambda: True
    assert not screen.Screen(stream, stages.Run()).is_live


def test_why_a_job_would_run_is_short():
    reason = "Missing output files: a: b.npz, c.npz; Code has changed since last execution"
    assert shorten_reason(reason) == "missing output files; code has changed since last execution"
