"""``coalflow scan``, ``coalflow check`` and ``coalflow report``."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from coalflow import read_version
from coalflow.config.genomes.model_scan_options import CHECK, SCAN, parse_options
from coalflow.config.genomes.model_scan_reading import spell_option
from coalflow.core.errors import CoalflowError, describe_unknown, run_program

USAGE = """\
usage: coalflow COMMAND [options]

  coalflow scan --model MODEL --genome FILE     scan a genome: tables, pictures, a page
  coalflow check --model MODEL --genome FILE    can the model read this genome, and does it fit?
  coalflow report FOLDER                        write the page of a scan again

MODEL is the folder of a model that coalflow trained, or its zip; FILE a VCF, BCF, VCF Zarr, tree
sequence or ms file. `coalflow COMMAND --help` lists all options, `coalflow --version` says which
version this is. To train models, see README.md: that takes Snakemake.
"""


def run_command() -> None:
    """Run the command that the words of the command line name.

    Raises
    ------
    SystemExit
        With one line if something cannot be used.
    """
    run_program(lambda: _run(sys.argv[1:]))


def _run(words: Sequence[str]) -> None:
    if not words:
        raise CoalflowError(
            f"name a command: {', '.join(COMMANDS)}; `coalflow --help` explains them"
        )
    name, *rest = words
    if name in ("-h", "--help"):
        print(USAGE, end="")
    elif name == "--version":
        print(f"coalflow {read_version()}")
    elif name in COMMANDS:
        COMMANDS[name](rest)
    else:
        raise CoalflowError(f"the command line {describe_unknown(name, 'commands', COMMANDS)}")


# What takes seconds to import is imported after the options are read: wrong ones need not wait.


def _scan(words: Sequence[str]) -> None:
    scan = parse_options(words, SCAN.named("coalflow scan"))
    from coalflow.report.scans.model_scan import scan_with_model

    scan_with_model(scan, spell_option)
    print(f"The results are in {scan.folder}", flush=True)


def _check(words: Sequence[str]) -> None:
    scan = parse_options(words, CHECK.named("coalflow check"))
    from coalflow.command.genome_check import check_genome

    for line in check_genome(scan, spell_option):
        print(line, flush=True)


def _report(words: Sequence[str]) -> None:
    if words and words[0] in ("-h", "--help"):
        print(USAGE, end="")
        return
    if len(words) != 1 or words[0].startswith("-"):
        raise CoalflowError("coalflow report takes one word: the folder of a scan")
    from coalflow.report.scans.scan_page import rewrite_scan_page

    print(f"The page is {rewrite_scan_page(Path(words[0]))}", flush=True)


COMMANDS: Mapping[str, Callable[[Sequence[str]], None]] = {
    "scan": _scan,
    "check": _check,
    "report": _report,
}
