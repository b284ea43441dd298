"""The wording that a reader would stumble over is found, in texts and in programs."""

import subprocess
import sys

import pytest
from helpers.rules import SCRIPTS

TOOL = SCRIPTS.parent / "tools" / "check_words.py"


def check(path, text=None):
    """Return the lines of output and the exit code for a file."""
    if text is not None:
        path.write_text(text)
    done = subprocess.run([sys.executable, TOOL, path], capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.splitlines(), done.returncode


@pytest.fixture
def found(tmp_path):
    """Return a function that returns the words found in a text."""

    def find(text, name="text.md"):
        lines, code = check(tmp_path / name, text)
        assert code == bool(lines)
        return [line.split('"')[1] for line in lines]

    return find


# Texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("as you are told", "told"),
        ("what is best then hangs on scaled_mse", "hangs on"),
        ("a message with the mend", "mend"),
        ("one file laid over another", "laid over"),
        ("lay it over yours", "lay it over"),
        ("a checkpoint is no output", "is no output"),
        ("targets that are no statistics", "are no statistics"),
        ("who guesses has 0.2", "who guesses"),
        ("the sites as they truly are", "as they truly are"),
        ("what was asked", "what was asked"),
        ("it learns by heart", "by heart"),
        ("nets are opened up", "opened up"),
        ("what the layers of two nets answer to it", "layers of two nets answer"),
        ("what is made again", "made again"),
        ("do it again", "do it again"),
        ("a change simulates nothing again", "nothing again"),
        ("drawn anew", "anew"),
        ("the net beside it", "beside"),
        ("memory of so many shards", "so many"),
        ("some 10 seconds", "some 10"),
        ("a run that was stopped goes on", "goes on"),
        ("the map cannot be had", "cannot be had"),
        ("alleles taken for each other", "taken for each other"),
        ("the mutations are but a sample", "are but a"),
    ],
)
def test_wording_to_avoid(found, text, words):
    assert found(f"Well, {text}.") == [words]


def test_which_classes_are_confused(found):
    assert found("who takes what for what") == ["takes what for what", "what for what"]


@pytest.mark.parametrize(
    "text",
    [
        "There is no map, and if there are no sites, there is no target.",
        "It is no longer than that, is no larger, and is no better than chance.",
        "So many windows fail that the run stops. Some of them are empty, besides the first.",
        "Samples go on to the next step. The answer depends on the layer. Start it again.",
        "Amend the layout, whatever remains untold.",
        "A delay on the road. The sum is nothing. Against it, the report opens.",
    ],
)
def test_legitimate_wording(found, text):
    assert found(text) == []


def test_words_that_are_wrapped_over_lines(tmp_path):
    lines, code = check(tmp_path / "text.md", "First.\n\nThis hangs\non that, and goes\n  on.\n")
    assert code == 1
    assert lines == [
        f'{tmp_path}/text.md:3: "hangs on": write "depends on"',
        f'{tmp_path}/text.md:4: "goes on": write "resumes or continues"',
    ]


def test_a_comment_is_read_across_its_lines(found):
    assert found("key: 1 # it hangs\n# on that\nother: 2\n", "text.yaml") == ["hangs on"]


def test_no_words_are_joined_across_paragraphs(found):
    assert found("what hangs\n\non the wall\n") == []


def test_code_in_backticks_is_left_out(found):
    assert found("`told` and `--made\nagain`, told") == ["told"]
    assert found("a stray ` is not code\n\nbut `code` is, told") == ["told"]


# Programs ------------------------------------------------------------------------------------

PROGRAM = '''"""What is done.

It hangs on the seed.
"""
import pandas as told


def of_windows(asked, *, samples):
    """Return nothing."""
    of_cell = settings.told_apart = 1  # a comment may say what it is told
    raise ValueError(
        f"{samples} is "
        "no number: draw it "
        f"{of_cell} anew"
    )
'''


def test_strings_and_names_of_a_program(tmp_path):
    lines, code = check(tmp_path / "program.py", PROGRAM)
    assert code == 1
    found = [line.removeprefix(f"{tmp_path}/program.py:").split('"')[:2] for line in lines]
    assert found == [
        ["3: ", "hangs on"],
        ["5: ", "told"],
        ["8: ", "asked"],
        ["8: ", "of_windows"],
        ["10: ", "of_cell"],
        ["10: ", "told_apart"],
        ["12: ", "anew"],
        ["12: ", "is no number"],
    ]


def test_names_that_only_begin_alike(found):
    program = "offset, often, profile, basket, unmasked = of = range(5)\n"
    assert found(program, "program.py") == []


def test_a_folder_is_read_whole(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "page.html.j2").write_text("<p>Do it again</p>")
    (tmp_path / "picture.png").write_bytes(b"\x89told")
    lines, code = check(tmp_path)
    assert (len(lines), code) == (1, 1)


def test_a_missing_file_is_an_error(tmp_path):
    command = [sys.executable, TOOL, tmp_path / "missing"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "missing: there is no such file or folder" in done.stderr


def test_all_paths_exist():
    """A path that is gone would end the check of everything."""
    done = subprocess.run([sys.executable, TOOL], capture_output=True, text=True)
    assert done.stderr == ""
