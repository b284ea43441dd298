"""Conda channels in folders, packed from the Python packages that are installed here.

A package holds what pip installed, as links, so that packing torch costs nothing. It requires what
its metadata says, so that conda's solver judges whether the versions go together.
"""

import importlib.metadata
import io
import json
import os
import pathlib
import sys
import sysconfig
import tarfile

import rattler
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Names in conda where they differ from those of pip.
PIP_TO_CONDA = {"torch": "pytorch", "matplotlib": "matplotlib-base"}
CHANNELS = ("conda-forge", "bioconda")
BIOCONDA = {"cyvcf2"}  # all others are in conda-forge
PLATFORM = str(rattler.Subdir.current())
PYTHON = sysconfig.get_python_version()  # 3.11
SITE_PACKAGES = f"lib/python{PYTHON}/site-packages"
# A Python with pyvenv.cfg ignores packages in the user's home. Conda's does not, unless told to.
USER_SITE = (
    "import site, sys; sys.flags.no_user_site or sys.path.insert(0, site.getusersitepackages())\n"
)


def conda_name(name):
    name = canonicalize_name(name)
    return PIP_TO_CONDA.get(name, name)


def make(folder):
    """Write the channels, with all that is installed, into a folder; an index they have not yet."""
    for channel in CHANNELS:
        (folder / channel / PLATFORM).mkdir(parents=True)
        (folder / channel / "noarch").mkdir()
    pack_python(folder)
    for distribution in importlib.metadata.distributions():
        pack_distribution(folder, distribution)


def pack_python(folder):
    """Pack the Python that runs this: a link to it, and a file that says where it is at home."""
    home = pathlib.Path(sys.executable).resolve()
    settings = f"home = {home.parent}\ninclude-system-site-packages = false\n"
    version = ".".join(map(str, sys.version_info[:3]))
    links = {"bin/python": home}
    files = {"pyvenv.cfg": settings, f"{SITE_PACKAGES}/user_site.pth": USER_SITE}
    pack(folder, "python", version, requires=[], links=links, files=files)


def pack_distribution(folder, distribution):
    """Pack what pip installed; commands are left out, since they name the Python they run with.

    Of PyTorch there are two builds with the same content. They differ as the recipe of conda-forge
    has it: the one for CUDA requires a driver, and is taken where there is one.
    """
    name = conda_name(distribution.name)
    version = distribution.version.split("+")[0]  # torch's tells of CPU or CUDA
    requires = [f"python {distribution.metadata.get('Requires-Python', '')}".strip()]
    for line in distribution.requires or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            requires.append(f"{conda_name(requirement.name)} {requirement.specifier}".strip())
    entries = {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}
    links = {f"{SITE_PACKAGES}/{entry}": distribution.locate_file(entry) for entry in entries}
    if name == "pytorch":
        pack(folder, name, version, requires, links, build="cpu_2")
        pack(folder, name, version, [*requires, "__cuda"], links, build="cuda129_202")
    else:
        pack(folder, name, version, requires, links)


def pack(folder, name, version, requires, links, files=None, build="py_0"):
    """Write one package: its metadata, links to files or folders by their places, and texts."""
    files = files or {}
    index = {
        "name": name,
        "version": version,
        "build": build,
        "build_number": int(build.split("_")[1]),
        "depends": requires,
        "subdir": PLATFORM,
    }
    paths = [{"_path": place, "path_type": "softlink"} for place in links]
    paths += [{"_path": place, "path_type": "hardlink"} for place in files]
    texts = {
        "info/index.json": json.dumps(index),
        "info/paths.json": json.dumps({"paths_version": 1, "paths": paths}),
        **files,
    }
    channel = folder / CHANNELS[name in BIOCONDA] / PLATFORM
    with tarfile.open(channel / f"{name}-{version}-{build}.tar.bz2", "w:bz2") as archive:
        for place, text in texts.items():
            member = tarfile.TarInfo(place)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
        for place, target in links.items():
            member = tarfile.TarInfo(place)
            member.type, member.linkname = tarfile.SYMTYPE, os.fspath(target)
            archive.addfile(member)
