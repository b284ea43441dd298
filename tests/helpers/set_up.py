"""Checkouts that are set up with packages of a few bytes, without a network."""

import base64
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile

from helpers.workflow import ROOT

# A backend that reports when it begins to build, and builds when it is allowed to.
WAITING_BACKEND = """\
import os, pathlib, shutil, time

SIGNALS = pathlib.Path(os.environ["SIGNALS"])
WHEEL = "slow-1.0-py3-none-any.whl"

def prepare_metadata_for_build_wheel(folder, settings=None):
    metadata = pathlib.Path(folder, "slow-1.0.dist-info")
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\\nName: slow\\nVersion: 1.0\\n")
    return metadata.name

def build_wheel(folder, settings=None, metadata=None):
    with (SIGNALS / "builds").open("a") as file:
        file.write("begun\\n")
    while not (SIGNALS / "continue").exists():
        time.sleep(0.01)
    shutil.copy(WHEEL, folder)
    return WHEEL
"""


class Checkout:
    """A folder with what `make env` needs, and packages that pip and uv find."""

    def __init__(self, folder):
        self.folder = folder / "a checkout"  # with a space, since some have one
        self.wheels = folder / "wheels"
        self.signals = folder / "signals"
        self.temporary = folder / "temporary"  # where what is killed leaves its files
        for made in (self.folder, self.wheels, self.signals, self.temporary):
            made.mkdir()
        shutil.copytree(
            ROOT / "tools", self.folder / "tools", ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copy(ROOT / "Makefile", self.folder)
        self.venv = self.folder / ".venv"

    @property
    def variables(self):
        """Return the environment variables that make pip and uv find these packages alone."""
        kept = {key: os.environ[key] for key in os.environ if not key.startswith(("PIP_", "UV_"))}
        return {
            **kept,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "UV_OFFLINE": "1",
            "UV_NO_CONFIG": "1",
            "UV_FIND_LINKS": str(self.wheels),
            "UV_CACHE_DIR": str(self.folder.parent / "uv"),
            "TMPDIR": str(self.temporary),
            "SIGNALS": str(self.signals),
        }

    def pin(self, *pins):
        """Write requirements and a lock of these pins, and nothing else."""
        text = "".join(f"{pin}\n" for pin in pins)
        (self.folder / "requirements.txt").write_text(text)
        (self.folder / "requirements.lock").write_text(text)

    def replace_pip(self, version):
        """Return a command that sets up with a pip of some version, which installs nothing."""
        modules = self.folder.parent / f"pip {version}"
        modules.mkdir()
        (modules / "pip.py").write_text(f"__version__ = {version!r}\n")
        return ["env", f"PYTHONPATH={modules}", sys.executable, "tools/set_up.py"]

    def start(self, *options, command=None):
        """Start the set-up in a process group of its own; all output comes together."""
        return subprocess.Popen(
            command or [sys.executable, "tools/set_up.py", *options],
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *options, command=None):
        """Run the set-up, or another command; return its exit code and its output."""
        process = self.start(*options, command=command)
        output, _ = process.communicate()
        return process.returncode, output

    def succeed(self, *options, **others):
        code, output = self.run(*options, **others)
        assert code == 0, output
        return output

    def fail(self, *options, **others):
        """Run what must fail: a message, no traceback. Returns the output."""
        code, output = self.run(*options, **others)
        assert code != 0, output
        assert "Traceback" not in output
        return output

    def version(self, name):
        """Return the version of a package that Python finds in .venv; None if it does not."""
        code = f"import {name}; print({name}.VERSION)"
        done = subprocess.run(
            [self.venv / "bin" / "python", "-c", code], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() or None

    def site_packages(self):
        (folder,) = self.venv.glob("lib/python*/site-packages")
        return folder


def write_wheel(folder, name, version, requires=()):
    """Write a wheel of a module that knows its version; return the file."""
    metadata = f"{name}-{version}.dist-info"
    header = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{metadata}/METADATA": header + "".join(f"Requires-Dist: {line}\n" for line in requires),
        f"{metadata}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{metadata}/RECORD"
    lines = [f"{path},{digest(text)},{len(text)}\n" for path, text in files.items()]
    files[record] = "".join([*lines, f"{record},,\n"])
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def digest(text):
    """Return the digest of a file as RECORD lists it."""
    sha256 = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(sha256).decode().rstrip("=")


def write_slow_package(folder):
    """Write the source of a package, slow 1.0, that waits while pip builds it."""
    source = folder.parent / "slow-1.0"
    source.mkdir()
    write_wheel(source, "slow", "1.0")
    (source / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: slow\nVersion: 1.0\n")
    (source / "backend.py").write_text(WAITING_BACKEND)
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    with tarfile.open(folder / "slow-1.0.tar.gz", "w:gz") as archive:
        archive.add(source, source.name)


def load_tool(name):
    """Return a module of tools/, without its folder staying on the path."""
    sys.path.insert(0, str(pathlib.Path(ROOT, "tools")))
    try:
        return __import__(name)
    finally:
        sys.path.pop(0)
