"""Command lines of scans by a model alone: options in place of a config."""

from __future__ import annotations

import argparse
import dataclasses
import shutil
from collections.abc import Mapping, Sequence
from typing import NoReturn

from coalflow.config.genomes.model_scan import ModelScan
from coalflow.config.genomes.model_scan_reading import read_model_scan, spell_option
from coalflow.config.json_schema import make_schema
from coalflow.core.errors import CoalflowError, suggest_nearest

SCANS = """\
Scan a genome with a model that coalflow trained. The model is all that is needed: its card says
what it reads, and what is wrong with the genome is said before it is scanned.

  {program} --model coalflow.zip --genome mine.vcf.gz
  {program} --model coalflow.zip --genome chr2.bcf --panel 1000G.panel --populations CEU,GBR
"""
RESULTS = """\
Of the results, report.html shows all on a page, windows.tsv has all windows with their predictions,
windows.bed is for a genome browser, and observation.json says what was read of the genome and what
was not. docs/scan_your_genome.md explains them.
"""
CHECKS = """\
Read a genome as it would be scanned, and say whether the model can read it, and whether it is like
the simulations that the model was trained on. No file is written.

  {program} --model coalflow.zip --genome mine.vcf.gz
"""
# Options by what they are about, and what stands for their values.
GROUPS: Mapping[str, Mapping[str, str]] = {
    "needed": {"model": "MODEL", "genome": "FILE"},
    "results": {
        "output": "FOLDER",
        "genes": "FILE",
        "show": "NAMES",
        "top_regions": "NUMBER",
        "show_regions": "REGIONS",
        "outputs": "FORMATS",
    },
    "individuals": {
        "individuals": "NAMES",
        "panel": "FILE",
        "populations": "NAMES",
        "sample_column": "COLUMN",
        "population_column": "COLUMN",
        "draws": "NUMBER",
        "seed": "NUMBER",
    },
    "what is read of the genome": {
        "contigs": "NAMES",
        "regions": "REGIONS",
        "exclude": "REGIONS",
        "mask": "BED",
        "ancestral": "SOURCE",
        "low_confidence": "USE",
        "filters": "NAMES",
        "ploidy": "PLOIDY",
        "sexes": "FILE",
    },
    "windows": {"step": "NUMBER", "windows": "BED"},
}
SEVERAL = ("FORMATS", "NAMES", "REGIONS", "PLOIDY")  # stand for one word or more
WIDEST = 100


@dataclasses.dataclass(frozen=True)
class CommandLine:
    """What a command line is about.

    Attributes
    ----------
    program : str
        What the command line begins with.
    description, epilog : str
        What ``--help`` says before and after the options; ``{program}`` stands for the program.
    groups : sequence of str
        Which groups of options it has.
    """

    program: str
    description: str
    epilog: str
    groups: Sequence[str]

    def named(self, program: str) -> CommandLine:
        """Return the same command line of a program of another name."""
        return dataclasses.replace(self, program=program)

    @property
    def options(self) -> dict[str, str]:
        """Its options, and what stands for their values."""
        return {name: value for group in self.groups for name, value in GROUPS[group].items()}


SCAN = CommandLine("scan_genome.py", SCANS, RESULTS, tuple(GROUPS))
CHECK = CommandLine("check", CHECKS, "", tuple(group for group in GROUPS if group != "results"))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CoalflowError(f"{message}; --help lists all options")


def parse_options(arguments: Sequence[str], line: CommandLine = SCAN) -> ModelScan:
    """Return the options in a command line.

    Parameters
    ----------
    arguments : sequence of str
        The words of the command line that follow the program.
    line : CommandLine
        What the command line is about.

    Raises
    ------
    CoalflowError
        If an option is unknown, missing or wrong.
    SystemExit
        After the help is shown.
    """
    given, unknown = _make_parser(line).parse_known_args(arguments)
    if unknown:
        known = [spell_option(name) for name in line.options]
        near = suggest_nearest(unknown[0].partition("=")[0], known)
        raise CoalflowError(f"{unknown[0]} is not an option{near or '; --help lists all options'}")
    values = {name: " ".join(words) for name, words in vars(given).items() if words is not None}
    return read_model_scan(values, spell_option)


def _make_parser(line: CommandLine) -> argparse.ArgumentParser:
    width = min(shutil.get_terminal_size().columns, WIDEST)
    output = " [--output FOLDER]" if "output" in line.options else ""
    parser = _Parser(
        prog=line.program,
        usage=f"{line.program} --model MODEL --genome FILE{output} [options]",
        description=line.description.format(program=line.program),
        epilog=line.epilog,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, width=width),
        allow_abbrev=False,
    )
    described = make_schema(ModelScan)["properties"]
    for title in line.groups:
        group = parser.add_argument_group(title)
        for name, metavar in GROUPS[title].items():
            words = described[name]["description"].replace("`", "").replace("%", "%%")
            number = "+" if metavar in SEVERAL else 1
            group.add_argument(spell_option(name), nargs=number, metavar=metavar, help=words)
    return parser
