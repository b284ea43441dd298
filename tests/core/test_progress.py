"""Progress is a bar on a terminal and plain lines in a log; it never touches the items."""

import io
import sys
import types

import pytest

from coalflow.core import progress


def terminal(monkeypatch):
    """Make stderr a terminal and return what is written to it.

    No fixture: pytest replaces stderr between fixtures and the test.
    """
    written = io.StringIO()
    written.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return written


@pytest.fixture
def clock(monkeypatch):
    """Give a clock that stands still until the test moves it."""
    now = types.SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(progress, "time", types.SimpleNamespace(monotonic=lambda: now.seconds))
    return now


def slowly(items, clock, seconds):
    for item in items:
        clock.seconds += seconds
        yield item


@pytest.mark.parametrize("show", [progress.track, progress.show_bar])
def test_items_pass_through_a_log(show):
    items = [object(), None, "text"]
    assert list(show(iter(items), 3, "things")) == items


@pytest.mark.parametrize("show", [progress.track, progress.show_bar])
def test_items_pass_through_a_terminal(show, monkeypatch):
    written = terminal(monkeypatch)
    items = [object(), None, "text"]
    assert list(show(iter(items), 3, "things")) == items
    assert written.getvalue() != ""


@pytest.mark.parametrize("on_terminal", [False, True])
@pytest.mark.parametrize("show", [progress.track, progress.show_bar])
def test_items_are_taken_one_by_one(show, on_terminal, monkeypatch):
    """They are made while they are counted: a simulation at a time."""
    if on_terminal:
        terminal(monkeypatch)
    made = []
    shown = show((made.append(n) or n for n in range(3)), 3, "things")
    assert (next(shown), made) == (0, [0])
    assert (next(shown), made) == (1, [0, 1])


@pytest.mark.parametrize("show", [progress.track, progress.show_bar])
def test_errors_of_the_items_pass_through(show):
    with pytest.raises(ZeroDivisionError):
        list(show((1 / n for n in (2, 1, 0)), 3, "things"))


def test_a_short_job_is_one_line_with_its_total_in_a_log(capsys, clock):
    assert sum(progress.track(slowly(range(1500), clock, 0.002), 1500, "windows")) > 0
    captured = capsys.readouterr()
    assert captured.err == "windows: 1,500 in 3.0 s\n"
    assert captured.out == ""


def test_a_long_job_says_every_15_seconds_how_far_it_is(capsys, clock):
    list(progress.track(slowly(range(40), clock, 1.0), 40, "windows"))
    assert capsys.readouterr().err.splitlines() == [
        "windows: 15 of 40, 1/s, about 25 s left",
        "windows: 30 of 40, 1/s, about 10 s left",
        "windows: 40 in 40.0 s",
    ]


def test_something_without_an_end_says_every_15_seconds_how_far_it_is(capsys, clock):
    occasional = progress.OccasionalLines()
    for base in slowly(range(40), clock, 1.0):
        occasional.say(f"at {base}")
    assert capsys.readouterr().err.splitlines() == ["at 14", "at 29"]


def test_the_end_is_said_once(capsys, clock):
    list(progress.track(slowly(range(2), clock, 20.0), 2, "windows"))
    assert capsys.readouterr().err.splitlines() == [
        "windows: 1 of 2, 0/s, about 20 s left",
        "windows: 2 in 40.0 s",
    ]


def test_nothing_to_do_is_said_too(capsys):
    assert list(progress.track([], 0, "windows")) == []
    assert capsys.readouterr().err == "windows: 0 in 0.0 s\n"


def test_a_job_that_failed_is_not_said_to_be_done(capsys):
    with pytest.raises(ZeroDivisionError):
        list(progress.track((1 / n for n in (1, 0)), 2, "windows"))
    assert capsys.readouterr().err == ""


def test_a_log_has_no_bar(capsys):
    list(progress.show_bar(range(3), 3, "epochs"))
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


@pytest.mark.parametrize("show", [progress.track, progress.show_bar])
def test_a_terminal_has_a_bar(show, monkeypatch, capsys):
    written = terminal(monkeypatch)
    list(show((n for n in range(3)), 3, "windows"))
    assert "windows" in written.getvalue()
    assert "100%" in written.getvalue()
    assert "\x1b[" in written.getvalue()
    assert capsys.readouterr().out == ""


def test_the_bar_of_track_stays_and_that_of_bar_vanishes(monkeypatch):
    """Erasing a line is the last thing that a vanishing bar does."""
    erased = "\x1b[2K"
    stays = terminal(monkeypatch)
    list(progress.track(range(3), 3, "windows"))
    vanishes = terminal(monkeypatch)
    list(progress.show_bar(range(3), 3, "windows"))
    assert not stays.getvalue().endswith(erased)
    assert vanishes.getvalue().endswith(erased)


def test_a_line_is_written_at_once(monkeypatch):
    log = io.TextIOWrapper(io.BufferedWriter(io.BytesIO()))
    monkeypatch.setattr(sys, "stderr", log)
    progress.say("3 training windows")
    assert log.buffer.raw.getvalue() == b"3 training windows\n"
