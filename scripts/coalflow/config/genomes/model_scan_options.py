"""The command line of ``scan_genome.py``: options in place of a config."""

import argparse
import shutil
from collections.abc import Mapping, Sequence
from typing import NoReturn

from coalflow.config.genomes.model_scan import ModelScan
from coalflow.config.genomes.model_scan_reading import read_model_scan, spell_option
from coalflow.config.json_schema import make_schema
from coalflow.core.errors import CoalflowError, suggest_nearest

DESCRIPTION = """\
Scan a genome with a model that coalflow trained. The model is all that is needed: its card says
what it reads, and what is wrong with the genome is said before it is scanned.

  scan_genome.py --model coalflow.zip --genome mine.vcf.gz
  scan_genome.py --model coalflow.zip --genome chr2.bcf --panel 1000G.panel --populations CEU,GBR
"""
EPILOG = """\
Of the results, windows.tsv has all windows with their predictions, windows.bed is for a genome
browser, scan.png is a picture, and observation.json says what was read of the genome and what was
not. docs/scan_your_genome.md explains them.
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


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CoalflowError(f"{message}; --help lists all options")


def parse_options(arguments: Sequence[str]) -> ModelScan:
    """Return the options in a command line.

    Parameters
    ----------
    arguments : sequence of str
        The words of the command line that follow the program.

    Raises
    ------
    CoalflowError
        If an option is unknown, missing or wrong.
    SystemExit
        After the help is shown.
    """
    given, unknown = _make_parser().parse_known_args(arguments)
    if unknown:
        known = [spell_option(name) for name in ModelScan.model_fields]
        near = suggest_nearest(unknown[0].partition("=")[0], known)
        raise CoalflowError(f"{unknown[0]} is not an option{near or '; --help lists all options'}")
    values = {name: " ".join(words) for name, words in vars(given).items() if words is not None}
    return read_model_scan(values, spell_option)


def _make_parser() -> argparse.ArgumentParser:
    width = min(shutil.get_terminal_size().columns, WIDEST)
    parser = _Parser(
        prog="scan_genome.py",
        usage="scan_genome.py --model MODEL --genome FILE [--output FOLDER] [options]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, width=width),
        allow_abbrev=False,
    )
    described = make_schema(ModelScan)["properties"]
    for title, options in GROUPS.items():
        group = parser.add_argument_group(title)
        for name, metavar in options.items():
            words = described[name]["description"].replace("`", "").replace("%", "%%")
            number = "+" if metavar in SEVERAL else 1
            group.add_argument(spell_option(name), nargs=number, metavar=metavar, help=words)
    return parser
