"""`make env` changes no environment but its own, and that only by what has changed."""

import ast
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import pytest
from helpers.set_up import Checkout, load_tool, write_slow_package, write_wheel
from helpers.workflow import ROOT

NOTHING_CHANGED = ""  # what the set-up prints where it has nothing to do


@pytest.fixture
def checkout(tmp_path):
    """Return a checkout that asks for one package, of which there are two versions."""
    checkout = Checkout(tmp_path)
    for version in ("1.0", "2.0"):
        write_wheel(checkout.wheels, "quick", version)
    checkout.pin("quick==1.0")
    return checkout


@pytest.fixture
def ready(checkout):
    """Return a checkout that is set up."""
    checkout.succeed()
    return checkout


@pytest.fixture
def empty(checkout):
    """Return a checkout that is set up, for all it knows: in truth pip installed nothing.

    That is much quicker, and enough where nothing may be installed.
    """
    checkout.succeed(command=checkout.replace_pip("25.0"))
    return checkout


@pytest.fixture
def slow(checkout):
    """Return a checkout with a package that pip builds when it is allowed to."""
    write_slow_package(checkout.wheels)
    checkout.pin("quick==1.0", "slow==1.0")
    return checkout


def wait_for(condition):
    """Wait until a condition holds; the time limit of tests ends it otherwise."""
    while not condition():
        time.sleep(0.01)


def build_begins(checkout):
    wait_for((checkout.signals / "builds").exists)


def allow_build(checkout):
    (checkout.signals / "continue").touch()


def pretend_version(*version):
    """Return a command that runs the set-up as if by another version of Python."""
    code = (
        f"import runpy, sys; sys.version_info = {version}; sys.argv = sys.argv[1:]; "
        "sys.path.insert(0, 'tools'); runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    return [sys.executable, "-c", code, "tools/set_up.py"]


def state_of(folder):
    """Return what would show that something was written into a folder."""
    paths = [path for path in folder.rglob("*") if "__pycache__" not in path.parts]
    return {path: (path.lstat().st_mtime_ns, path.lstat().st_ino) for path in paths}


# By contents ---------------------------------------------------------------------------------


def test_make_env_installs_what_the_lock_lists(checkout):
    checkout.succeed(command=["make", "env", f"PYTHON={sys.executable}"])
    assert checkout.version("quick") == "1.0"


def test_where_the_contents_agree_nothing_is_done(ready):
    """Time stamps that a checkout of another branch changes do not matter."""
    before = state_of(ready.venv)
    for name in ("requirements.txt", "requirements.lock"):
        (ready.folder / name).touch()
    shutil.rmtree(ready.wheels)  # so that pip would fail
    assert ready.succeed() == NOTHING_CHANGED
    assert state_of(ready.venv) == before


def test_a_changed_pin_is_installed_into_the_same_environment(ready):
    kept = ready.venv / "kept"
    kept.touch()
    ready.pin("quick==2.0")
    ready.succeed()
    assert ready.version("quick") == "2.0"
    assert kept.exists()


def test_an_environment_of_which_it_is_unknown_what_it_holds_is_completed(ready):
    """Such as one that somebody made by hand in this folder."""
    (ready.venv / "requirements.lock").unlink()
    ready.succeed()
    assert ready.succeed() == NOTHING_CHANGED


def test_a_lock_of_other_requirements_is_refused(empty):
    (empty.folder / "requirements.txt").write_text("quick==2.0  # faster\n")
    message = empty.fail()
    assert "requirements.txt asks for quick 2.0, and requirements.lock has 1.0" in message
    assert "make lock" in message
    (empty.folder / "requirements.txt").write_text("quick==1.0\nMissing_One==1.0\n")
    assert "missing-one 1.0, and requirements.lock does not list it" in empty.fail()


def test_a_missing_lock_is_reported(empty):
    (empty.folder / "requirements.lock").unlink()
    assert "requirements.lock does not exist" in empty.fail()


# Only its own --------------------------------------------------------------------------------


def refuse(checkout, *words):
    """Set up what must be refused; check the message, and that the environment stays as it is."""
    before = state_of(checkout.venv)
    message = checkout.fail()
    assert len(message.splitlines()) == 1
    for word in words:
        assert word in message
    assert state_of(checkout.venv) == before


@pytest.mark.parametrize("pin", ["quick==1.0", "quick==2.0"])
def test_a_link_is_refused(empty, pin):
    """Also where it leads to an environment with the right packages."""
    shared = empty.folder.parent / "shared"
    empty.venv.rename(shared)
    empty.venv.symlink_to(shared)
    empty.pin(pin)
    before = state_of(shared)
    refuse(empty, "is a symbolic link", str(shared), "rm ")
    assert state_of(shared) == before
    empty.venv.unlink()
    empty.succeed(command=empty.replace_pip("25.1"))
    assert state_of(shared) == before


def test_a_dangling_link_is_refused(checkout):
    checkout.venv.symlink_to("nowhere")
    refuse(checkout, "is a symbolic link")


def test_a_folder_that_is_no_environment_is_refused(checkout):
    checkout.venv.mkdir()
    (checkout.venv / "notes.txt").write_text("of somebody else")
    refuse(checkout, "is not a Python environment", "no pyvenv.cfg")


def test_a_file_is_refused(checkout):
    checkout.venv.write_text("of somebody else")
    refuse(checkout, "is not a Python environment")


def test_an_empty_folder_is_used(checkout):
    checkout.venv.mkdir()
    checkout.succeed()
    assert checkout.version("quick") == "1.0"


@pytest.mark.parametrize("move", [shutil.copytree, shutil.move])
def test_an_environment_of_another_folder_is_refused(empty, move):
    """Its programs start the Python of the folder where it was made."""
    made_as = empty.venv
    elsewhere = empty.folder.parent / "elsewhere"
    keywords = {"symlinks": True} if move is shutil.copytree else {}
    move(empty.folder, elsewhere, **keywords)
    empty.folder, empty.venv = elsewhere, elsewhere / ".venv"
    refuse(empty, f"was made as {made_as}", "moved or copied", "rm -r")


def test_a_folder_may_be_reached_through_a_link(empty):
    alias = empty.folder.parent / "alias"
    alias.symlink_to(empty.folder)
    empty.folder = alias
    assert empty.succeed() == NOTHING_CHANGED


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("command = ", "made-by = ", "does not say that `python -m venv` made it"),
        ("site-packages = false", "site-packages = true", "sees the packages of the system"),
    ],
)
def test_environments_of_other_kinds_are_refused(empty, old, new, words):
    config = empty.venv / "pyvenv.cfg"
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))
    refuse(empty, words, "rm -r")


# Its Python ----------------------------------------------------------------------------------


def test_a_python_that_is_gone_is_explained(empty):
    python = empty.venv / "bin" / "python"
    python.unlink()
    python.symlink_to("/removed/bin/python3.11")
    refuse(empty, "does not run", "/removed/bin/python3.11", "has been removed", "rm -r")


def test_a_python_that_became_another_version_is_explained(empty):
    """As where an upgrade of the system replaced python3, to which .venv links."""
    python = empty.venv / "bin" / "python"
    python.unlink()
    python.write_text("#!/bin/sh\necho 3.99\n")
    python.chmod(0o755)
    version = "{}.{}".format(*sys.version_info)
    refuse(empty, f"was made for Python {version}, and its Python is 3.99 by now", "rm -r")


def test_make_with_another_python_explains_what_to_do(empty):
    version = "{}.{}".format(*sys.version_info)
    before = state_of(empty.venv)
    empty.succeed(command=["make", "env", f"PYTHON={sys.executable}"])
    message = empty.fail(command=[*pretend_version(3, 99, 0, "final", 0), "--this-python"])
    assert "PYTHON names Python 3.99, and " in message
    assert f"has Python {version}" in message
    assert state_of(empty.venv) == before


def test_an_old_python_says_that_it_is_too_old(checkout):
    message = checkout.fail(command=pretend_version(3, 10, 4, "final", 0))
    assert message == (
        "error: coalflow needs Python 3.11 or newer; name one: make PYTHON=python3.12\n"
    )
    assert not checkout.venv.exists()


def test_an_old_python_will_do_where_nothing_is_to_be_done(empty):
    assert empty.succeed(command=pretend_version(3, 8, 0, "final", 0)) == NOTHING_CHANGED


@pytest.mark.parametrize("name", ["set_up", "processes"])
def test_an_old_python_can_read_the_program(name):
    ast.parse((ROOT / "tools" / f"{name}.py").read_text(), feature_version=(3, 6))


@pytest.mark.parametrize("version", ["", "22.2.1"])
def test_pip_that_is_missing_or_too_old_is_reported(checkout, version):
    message = checkout.fail(command=checkout.replace_pip(version))
    assert message == "error: coalflow needs pip 22.3 or newer: apt install python3-pip\n"
    assert not checkout.venv.exists()


# Interruptions -------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_installation_is_resumed(slow, how):
    process = slow.start()
    build_begins(slow)
    os.killpg(process.pid, how)
    output, _ = process.communicate()
    assert process.returncode != 0
    assert "Traceback" not in output
    assert slow.version("slow") is None
    allow_build(slow)
    slow.succeed()
    assert (slow.version("quick"), slow.version("slow")) == ("1.0", "1.0")
    assert slow.succeed() == NOTHING_CHANGED


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_interruption_is_one_sentence_and_resumed(slow, how):
    """SIGTERM comes to the set-up alone, Ctrl-C to pip as well, which says so."""
    process = slow.start()
    build_begins(slow)
    kill = os.kill if how == signal.SIGTERM else os.killpg
    kill(process.pid, how)
    first, *others = process.stdout.read().splitlines()
    assert process.wait() == 1
    assert first.startswith("Setting up .venv with the 2 packages of requirements.lock: ")
    assert [line for line in others if line] == [
        "Interrupted: what is installed is kept, and the next make resumes the set-up."
    ]
    allow_build(slow)
    slow.succeed()
    assert slow.version("slow") == "1.0"


def test_an_interrupted_creation_is_resumed(ready):
    """As if killed before venv had written pyvenv.cfg, or a moment later."""
    for lost in (["pyvenv.cfg"], ["bin/python", "bin/python3"]):
        (ready.venv / "requirements.lock").rename(ready.venv / "requirements.lock.unfinished")
        for name in lost:
            (ready.venv / name).unlink()
        ready.succeed()
        assert ready.version("quick") == "1.0"


def test_a_failed_installation_is_reported_and_resumed(ready):
    ready.pin("quick==3.0")
    message = ready.fail()
    assert "ERROR: No matching distribution found for quick==3.0" in message
    assert "is not installed completely" in message
    assert ready.version("quick") == "1.0"
    ready.pin("quick==1.0")  # after a failure, it is not taken for granted that all is well
    ready.succeed()
    assert "already satisfied" in (ready.venv / "pip.log").read_text()
    assert ready.succeed() == NOTHING_CHANGED


def test_what_an_interruption_left_incomplete_is_installed_again(checkout):
    names = ["recordless", "lost", "cut"]
    for name in names:
        write_wheel(checkout.wheels, name, "1.0")
    checkout.pin(*(f"{name}==1.0" for name in names))
    checkout.succeed()
    packages = checkout.site_packages()
    (packages / "recordless-1.0.dist-info" / "RECORD").unlink()
    (packages / "recordless.py").unlink()
    (packages / "lost.py").unlink()
    (packages / "cut.py").write_text("VERSION")
    (packages / "~ecordless-0.9.dist-info").mkdir()  # what pip was about to remove
    (checkout.venv / "requirements.lock").rename(checkout.venv / "requirements.lock.unfinished")
    checkout.succeed()
    assert [checkout.version(name) for name in names] == ["1.0", "1.0", "1.0"]
    assert not list(packages.glob("~*"))


# In use --------------------------------------------------------------------------------------


@contextlib.contextmanager
def running(*command, folder):
    """Run a program that waits until it is no longer needed."""
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.communicate()


WAIT = "print('ready', flush=True); input()"
# A library that is loaded is a file that is mapped.
MAP = f"import mmap; file = open({{!r}}, 'rb'); kept = mmap.mmap(file.fileno(), 0, prot=1); {WAIT}"


def refuse_in_use(checkout, *words):
    before = state_of(checkout.venv)
    message = checkout.fail()
    for word in ("in use", "Run make when", *words):
        assert word in message
    assert state_of(checkout.venv) == before


@pytest.mark.parametrize("python", [".venv/bin/python", "{venv}/bin/python"])
def test_an_environment_in_use_is_not_changed(ready, python):
    python = python.format(venv=ready.venv)
    with running(python, "-c", WAIT, folder=ready.folder) as process:
        assert ready.succeed() == NOTHING_CHANGED
        ready.pin("quick==2.0")
        refuse_in_use(ready, f"{process.pid} {python} -c")
        assert ready.version("quick") == "1.0"
    ready.succeed()
    assert ready.version("quick") == "2.0"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not show it")
def test_programs_that_loaded_libraries_from_the_environment_use_it(empty, tmp_path):
    """So do jobs of Snakemake, whose command is `python`, whatever folder they run in."""
    library = empty.site_packages() / "library.so"
    library.write_text("machine code")
    empty.pin("quick==2.0")
    with running(sys.executable, "-c", MAP.format(str(library)), folder=tmp_path) as process:
        refuse_in_use(empty, str(process.pid))


def test_environments_of_other_folders_may_be_in_use(empty, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(empty.venv, other / ".venv", symlinks=True)
    empty.pin("quick==2.0")
    with running(".venv/bin/python", "-c", WAIT, folder=other):
        empty.succeed(command=empty.replace_pip("25.1"))


def test_a_run_on_another_machine_is_known_by_its_lock(empty):
    lock = empty.folder / ".snakemake" / "locks" / "0.output.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    empty.pin("quick==2.0")
    refuse_in_use(empty, "on another machine", ".venv/bin/snakemake --unlock")
    lock.unlink()
    empty.succeed(command=empty.replace_pip("25.1"))


@pytest.mark.skipif(shutil.which("ps") is None, reason="there is no ps")
def test_systems_without_proc_have_ps(empty, monkeypatch):
    processes = load_tool("processes")
    monkeypatch.setattr(processes, "PROC", pathlib.Path("/nowhere"))
    python = str(empty.venv / "bin" / "python")
    assert list(processes.find_users(empty.venv)) == []
    with running(python, "-c", WAIT, folder=empty.folder) as process:
        (line,) = processes.find_users(empty.venv)
    assert line.startswith(f"{process.pid} {python} -c")


# Two at once ---------------------------------------------------------------------------------


def wait_message(process):
    """Return when a set-up says that it waits for another."""
    assert process.stdout.readline().startswith("Another make is setting up .venv: waiting")


def test_of_two_makes_one_waits_for_the_other(slow):
    first = slow.start()
    build_begins(slow)
    second = slow.start()
    wait_message(second)
    allow_build(slow)
    first.communicate()
    remaining, _ = second.communicate()
    assert (first.returncode, second.returncode) == (0, 0)
    assert remaining == NOTHING_CHANGED
    assert (slow.signals / "builds").read_text() == "begun\n"
    assert slow.version("slow") == "1.0"


def test_pip_that_outlives_a_killed_make_is_waited_for(slow):
    first = slow.start()
    build_begins(slow)
    first.kill()
    first.wait()
    second = slow.start()
    wait_message(second)
    allow_build(slow)
    second.communicate()
    first.communicate()
    assert second.returncode == 0
    assert slow.version("slow") == "1.0"
