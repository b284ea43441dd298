"""Functions, modules and folders that are too large are found, and names that repeat."""

import pytest

import check_sizes

FUNCTION = "def {name}():\n" + "    pass\n" * 59


@pytest.fixture
def checkout(tmp_path):
    """Give a checkout with a library and tests in which nothing is too large."""
    for folder in ("scripts/coalflow/core", "tests"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "scripts/coalflow/core/large.py").write_text(FUNCTION.format(name="work"))
    (tmp_path / "tests/test_large.py").write_text("\n" * 600)
    return tmp_path


def test_what_is_small_enough_passes(checkout):
    assert list(check_sizes.check_code(checkout)) == []


def test_a_long_function_is_found_in_a_class_too(checkout):
    body = "class Worker:\n" + "".join(f"    {line}\n" for line in FUNCTION.splitlines())
    path = checkout / "scripts/coalflow/core/large.py"
    path.write_text(body.format(name="work") + "        pass\n")
    assert list(check_sizes.check_code(checkout)) == [
        "scripts/coalflow/core/large.py:2: work has 61 lines, at most 60"
    ]


def test_long_files_are_found(checkout):
    (checkout / "scripts/program.py").write_text("\n" * 351)
    (checkout / "tests/test_large.py").write_text("\n" * 601)
    assert list(check_sizes.check_code(checkout)) == [
        "scripts/program.py:1: has 351 lines, at most 350",
        "tests/test_large.py:1: has 601 lines, at most 600",
    ]


def test_a_full_folder_is_found(checkout):
    for index in range(12):
        (checkout / f"scripts/coalflow/core/module_{index}.py").touch()
    assert list(check_sizes.check_code(checkout)) == ["coalflow/core: has 13 modules, at most 12"]


def test_a_name_that_is_defined_too_often_is_found(checkout):
    for index, name in enumerate(["read", "read", "read", "_read", "_read"]):
        path = checkout / f"scripts/coalflow/core/module_{index}.py"
        path.write_text(f"def {name}():\n    pass\n")
    assert list(check_sizes.check_code(checkout)) == []
    (checkout / "scripts/coalflow/core/module_5.py").write_text(
        "class A:\n    def read(self):\n        pass\n"
    )
    (line,) = check_sizes.check_code(checkout)
    assert line.startswith(
        "read is defined 4 times, at most 3: scripts/coalflow/core/module_0.py:1"
    )
