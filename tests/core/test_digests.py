"""A program's digest changes with the code that it runs, and with nothing else."""

import ast
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from coalflow.core import digests

SCRIPTS = digests.SCRIPTS
PROGRAMS = sorted(file.stem for file in SCRIPTS.glob("*.py"))
CODE = "\nANOTHER_NAME = 1\n"


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """Give a copy of scripts/ that may be changed, with what is kept of reading it."""
    copy = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, copy, ignore=shutil.ignore_patterns("*.pyc", "*.nb?"))
    monkeypatch.setattr(digests, "SCRIPTS", copy)
    return copy


def current_digests(*programs):
    """Return digests of programs, all where none is named."""
    return {program: digests.digest_program(program) for program in programs or PROGRAMS}


def changed(before):
    """Return the programs whose digest is no longer what it was."""
    return {program for program, now in current_digests(*before).items() if now != before[program]}


def append(file, text):
    file.write_text(file.read_text() + text)


# What does not count -------------------------------------------------------------------------


def with_other_docstrings(source):
    return re.sub(r'^( *)"""(?=\S)', r'\1"""Otherwise: ', source, flags=re.MULTILINE)


def with_more_comments(source):
    return "# A comment.\n" + re.sub(r"\n\n\n", "\n\n\n# A comment.\n", source)


def with_another_layout(source):
    return ast.unparse(ast.parse(source))


@pytest.mark.parametrize("edit", [with_other_docstrings, with_more_comments, with_another_layout])
def test_docstrings_comments_and_layout_do_not_count(scripts, edit):
    before = current_digests()
    for file in scripts.rglob("*.py"):
        source = file.read_text()
        file.write_text(edit(source))
        assert file.read_text() != source
    assert changed(before) == set()


def test_descriptions_under_fields_do_not_count(scripts):
    """They are in the docs and in editors, and change no result."""
    file = scripts / "coalflow/config/schema/encoding.py"
    before, source = current_digests("train", "split"), file.read_text()
    described = re.sub(r'(pad: bool = False\n    """)[^"]*', r"\1Whether windows are odd.", source)
    assert described != source
    file.write_text(described)
    assert changed(before) == set()
    file.write_text(described.replace("pad: bool = False", "pad: bool = True"))
    assert changed(before) == {"train", "split"}


def test_where_the_scripts_lie_does_not_count(scripts):
    assert current_digests() == current_digests()
    there = current_digests()
    shutil.move(scripts, scripts.with_name("moved"))
    digests.SCRIPTS = scripts.with_name("moved")  # the fixture puts it back
    assert current_digests() == there


def test_a_text_that_is_not_a_docstring_counts(scripts):
    append(scripts / "split.py", '\nTEXT = """one"""\n')
    before = current_digests("split")
    file = scripts / "split.py"
    file.write_text(file.read_text().replace('"""one"""', '"""two"""'))
    assert changed(before) == {"split"}


# Versions of Python --------------------------------------------------------------------------

# What versions have been known to read differently, and all else that a tree can hold.
SAMPLE = r"""
def f(x, *, w=3, **k) -> int:
    "a" f"b{x:>{w}}" "" f"{x!r}{w=}" f""
    y = f"{x:{w}.{w}f}é\n" 'q' rf"\d{x}"
    z = f"{x:}" + f"{{{x}}}" + f"a{'b'}c" + f"{x:%H:%M}"
    return {**k, "a": None, 1: ..., 2: 1e400, 3: b"x", 4: 1j, 5: u"a"}

@a.b
class C(D, metaclass=E):
    x: "int" = 1
    async def g(self):
        async with a as b, c: yield
        return [i async for i in j if k]

match x:
    case None | {"a": [1, *_], **r} if r: pass
try: pass
except* ValueError as e: raise X from None
x = (lambda: (yield)) if not -1 < 2 else (z := 3)
"""
DIGEST = """
import hashlib, sys
from coalflow.core import digests
meaning, _ = digests._read_module(sys.argv[1])
print(hashlib.sha256(meaning.encode()).hexdigest(), *map(digests.digest_program, sys.argv[2:]))
"""


def digests_by(python, scripts):
    """Return what a Python makes of the sample and of all programs; None if it cannot start."""
    done = subprocess.run(
        [python, "-c", DIGEST, SAMPLE, *PROGRAMS],
        env={**os.environ, "PYTHONPATH": str(scripts), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else None


def find_other_pythons():
    """Return the Pythons of other versions that are installed here, by pyenv or by the system."""
    names = [f"python3.{minor}" for minor in (11, 12, 13, 14) if minor != sys.version_info[1]]
    found = [shutil.which(name) for name in names]
    for name in names:
        found += sorted(pathlib.Path.home().glob(f".pyenv/versions/*/bin/{name}"))
    return [str(python) for python in found if python]


def test_other_versions_of_python_make_the_same_digests(scripts):
    for kept in scripts.rglob("*.digest"):
        kept.unlink()
    others = [made for python in find_other_pythons() if (made := digests_by(python, scripts))]
    if not others:
        pytest.skip("no other version of Python is installed")
    assert set(others) == {digests_by(sys.executable, scripts)}


def test_the_meaning_of_a_module_is_written_as_it_was_with_other_versions():
    """What a version that is not installed here must also make of the sample."""
    meaning, _ = digests._read_module(SAMPLE)
    assert digests.digest_value(meaning) == "74da3f98a966fc33"


def test_fields_that_a_later_version_adds_do_not_count(monkeypatch):
    source = "def f(x): return f'{x:>{x}}'"
    before, _ = digests._read_module(source)
    for node, field in ((ast.FunctionDef, "type_parameters"), (ast.Constant, "unit")):
        monkeypatch.setattr(node, "_fields", (*node._fields, field))
        monkeypatch.setattr(node, field, [], raising=False)
    digests._read_module.cache_clear()
    assert digests._read_module(source)[0] == before


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = None", "x = 'None'"),
        ("x = 1", "x = 1.0"),
        ("x = 1", "x = True"),
        ("x = ()", "x = []"),
        ("x = ''", "x = b''"),
        ("f(a, b)", "f([a, b])"),
        ("f(*a)", "f(**a)"),
        ("{**a}", "{None: a}"),
        ("f'{x}a'", "f'{x}' 'b'"),
        ("f'{x}'", "f'{x!r}'"),
        ("f'{x:1}'", "f'{x}1'"),
        ("def f(a, /): pass", "def f(a): pass"),
        ("import a.b", "import a"),
        ("x: int", "x: int = None"),
    ],
)
def test_what_differs_is_written_differently(one, other):
    assert digests._read_module(one)[0] != digests._read_module(other)[0]


# What counts ---------------------------------------------------------------------------------

IMPORT_ALL = """
import ast, builtins, importlib, json, pkgutil, sys
imported, import_as_always = {}, builtins.__import__

def note(importer, name, parts=None):
    names = {name, *(f"{name}.{part}" for part in parts or ())}
    imported.setdefault(importer, set()).update(names)

def import_and_note(name, variables=None, local=None, parts=(), level=0):
    module = import_as_always(name, variables, local, parts, level)
    if name.split(".")[0] == "coalflow":
        note(variables["__name__"], name, parts)
    return module

def load_what_functions_import(module):
    functions = ast.walk(ast.parse(open(module.__file__, encoding="utf-8").read()))
    for function in [node for node in functions if isinstance(node, ast.FunctionDef)]:
        for node in ast.walk(function):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("coalflow"):
                package, names = importlib.import_module(node.module), {a.name for a in node.names}
                for name in names - set(dir(package)):
                    importlib.import_module(f"{node.module}.{name}")
                note(module.__name__, node.module, names)

def load_by_name(module):
    if package := getattr(module, "LOADED_BY_NAME", None):
        path = importlib.import_module(package).__path__
        for found in pkgutil.iter_modules(path, package + "."):
            importlib.import_module(found.name)
            note(module.__name__, found.name)

def reach(program):
    reached, waiting = set(), [program]
    while waiting:
        name = waiting.pop()
        if name in sys.modules and name not in reached:
            reached.add(name)
            waiting += [*imported.get(name, ()), *filter(None, [name.rpartition(".")[0]])]
    return [sys.modules[name].__file__ for name in reached - {program}]

builtins.__import__ = import_and_note
for program in sys.argv[1:]:
    importlib.import_module(program)
done = set()
while new := {name for name in sys.modules if name.startswith("coalflow.")} - done:
    for name in new:
        load_what_functions_import(sys.modules[name])
        load_by_name(sys.modules[name])
    done |= new
print(json.dumps({program: reach(program) for program in sys.argv[1:]}))
"""


def modules_that_python_loads():
    """Return, for each program, the coalflow files that it loads, some of them in functions."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *PROGRAMS],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        program: {os.path.relpath(file, SCRIPTS) for file in files}
        for program, files in json.loads(done.stdout).items()
    }


def test_a_digest_is_of_exactly_the_modules_that_python_loads():
    loaded = modules_that_python_loads()
    for program in PROGRAMS:
        counted = {os.path.relpath(file, SCRIPTS) for file in digests.collect_code(program)}
        found = loaded[program] | {f"{program}.py"}
        # This one imports what takes seconds only after it has looked at its options.
        assert counted >= found if program == "scan_genome" else counted == found, program


def test_every_file_that_counts_changes_the_digest(scripts):
    before = current_digests("train")
    for file in digests.collect_code("train"):
        source = file.read_text()
        append(file, CODE)
        assert changed(before) == {"train"}, file
        file.write_text(source)


@pytest.mark.parametrize("program", ["simulate", "train"])
def test_the_program_itself_counts_for_itself_alone(scripts, program):
    before = current_digests()
    append(scripts / f"{program}.py", CODE)
    assert changed(before) == {program}


def test_simulations_do_not_depend_on_what_is_done_with_them(scripts):
    before = current_digests("simulate", "simulate_genome")
    for module in (
        "windows/encoding",
        "windows/observation",
        "dataset/splits",
        "statistics/site_statistics",
        "models/training/loop",
        "report/figures/drawing",
    ):
        append(scripts / "coalflow" / f"{module}.py", CODE)
    assert changed(before) == set()


def test_a_new_net_leaves_the_dataset_as_it_is(scripts):
    before = current_digests("simulate", "split", "summarise", "train")
    append(scripts / "coalflow/config/registry/nets.py", CODE)
    assert changed(before) == {"train"}


def test_modules_two_imports_away_and_inside_functions_count(scripts):
    library = scripts / "coalflow"
    append(library / "core/seeds.py", "\ndef later():\n    from coalflow import near\n")
    (library / "near.py").write_text("import coalflow.far\n")
    (library / "far.py").write_text("X = 1\n")
    before = current_digests("simulate")
    append(library / "far.py", CODE)
    assert changed(before) == {"simulate"}


@pytest.mark.parametrize(
    "statement",
    [
        "import coalflow.far",
        "import coalflow.far as something",
        "from coalflow import far",
        "from coalflow import core, far as something",
        "from coalflow.far import X",
        "from coalflow.far import *",
        "if True:\n    import coalflow.far",
        "class Holder:\n    from coalflow import far",
    ],
)
def test_every_form_of_import_is_followed(scripts, statement):
    append(scripts / "split.py", f"\n{statement}\n")
    (scripts / "coalflow" / "far.py").write_text("X = 1\n")
    before = current_digests("split")
    append(scripts / "coalflow" / "far.py", CODE)
    assert changed(before) == {"split"}


@pytest.mark.parametrize(
    "statement", ["import coalflow.far.further", "from coalflow.far.further import X"]
)
def test_a_package_counts_with_the_module_in_it(scripts, statement):
    package = scripts / "coalflow" / "far"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "further.py").write_text("X = 1\n")
    append(scripts / "split.py", f"\n{statement}\n")
    for file in package.iterdir():
        before = current_digests("split")
        append(file, CODE)
        assert changed(before) == {"split"}


@pytest.mark.parametrize("module", ["__init__", "further", "furthest"])
def test_all_modules_of_a_package_that_is_loaded_by_name_count(scripts, module):
    package = scripts / "coalflow" / "far"
    package.mkdir()
    (package / "__init__.py").write_text('LOADED_BY_NAME = "coalflow.far"\n')
    (package / "further.py").write_text("import coalflow.far.furthest\n")
    (package / "furthest.py").write_text("")
    append(scripts / "split.py", "\nimport coalflow.far\n")
    before = current_digests("split", "simulate")
    append(package / f"{module}.py", CODE)
    assert changed(before) == {"split"}


def test_a_new_module_of_a_package_that_is_loaded_by_name_counts(scripts):
    before = current_digests("train", "simulate")
    (scripts / "coalflow" / "models/nets/further.py").write_text("X = 1\n")
    assert changed(before) == {"train"}


def test_modules_that_import_each_other_end(scripts):
    append(scripts / "coalflow" / "core/seeds.py", "\nimport coalflow.core.errors\n")
    append(scripts / "coalflow" / "core/errors.py", "\nimport coalflow.core.seeds\n")
    before = current_digests("simulate")
    append(scripts / "coalflow" / "core/seeds.py", CODE)
    assert changed(before) == {"simulate"}


def test_nothing_is_imported_relatively():
    """The digest would not see it."""
    for file in SCRIPTS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            assert not (isinstance(node, ast.ImportFrom) and node.level), file


def test_the_page_that_the_report_is_written_on_counts(scripts):
    before = current_digests("report", "split")
    append(scripts / "coalflow" / "report/templates/opening.html.j2", "<p>More.</p>\n")
    assert changed(before) == {"report"}


# Digests of values ---------------------------------------------------------------------------


def test_the_order_of_keys_does_not_count_that_of_lists_does():
    assert digests.digest_value({"a": 1, "b": [1, 2]}) == digests.digest_value(
        {"b": [1, 2], "a": 1}
    )
    assert digests.digest_value([1, 2]) != digests.digest_value([2, 1])


@pytest.mark.parametrize("other", [{"a": 2}, {"b": 1}, {"a": "1"}, {"a": 1.5}, {"a": [1]}, {}])
def test_other_values_have_other_digests(other):
    assert digests.digest_value(other) != digests.digest_value({"a": 1})


def test_a_digest_is_the_same_tomorrow():
    assert digests.digest_value({"seed": 2018}) == "328d091e6897743c"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_write_has_no_digest(value):
    with pytest.raises(ValueError, match="JSON compliant"):
        digests.digest_value({"a": value})
