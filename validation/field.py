"""The field's own problems: simulated by the authors' programs, compared, and the table of scores.

Simulate by the programs and command lines of those who published a problem, and write a config
that imports what they made; `--published` reads a published file in place of simulating:

    python validation/field.py --problem recombination --ms PATH --windows 2000 --out data/field
    python validation/field.py --problem sweeps --discoal PATH --windows 1000 --out data/field
    python validation/field.py --problem theta --published theta.sims.txt.gz --out data/field

Compare coalflow's simulations with theirs, by the shards of two runs:

    python validation/field.py --compare results/field_theta results/field_theta_programs

Write docs/field.md, from finished runs; where there are imports of the programs' windows, too, it
has that comparison. A problem without a run keeps its section:

    python validation/field.py --table results/field_* --output docs/field.md
"""

import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

import field_page
import field_programs
import field_windows
import numpy as np

from coalflow.core.files import replace_atomically


def main():
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problem", choices=field_programs.PROBLEMS)
    parser.add_argument("--ms", type=pathlib.Path, help="Hudson's program")
    parser.add_argument("--discoal", type=pathlib.Path, help="Kern and Schrider's program")
    parser.add_argument("--published", type=pathlib.Path, help="the published file, for theta")
    parser.add_argument("--windows", type=int, default=1000, help="of each class")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, help="a folder")
    parser.add_argument("--compare", type=pathlib.Path, nargs=2, help="results of two runs")
    parser.add_argument("--table", type=pathlib.Path, nargs="+", help="results of runs")
    parser.add_argument("--output", type=pathlib.Path, help="a page")
    arguments = parser.parse_args()
    if arguments.compare:
        print(field_windows.compare_runs(*arguments.compare))
    elif arguments.table:
        if arguments.output is None:
            parser.error("--table needs --output")
        with replace_atomically(arguments.output) as temporary:
            earlier = ""
            if arguments.output.exists():
                earlier = arguments.output.read_text(encoding="utf-8")
            page = field_page.write_page(arguments.table, earlier)
            pathlib.Path(temporary).write_text(page, encoding="utf-8")
    elif arguments.problem and arguments.out:
        simulate(arguments, parser)
    else:
        parser.error("give --problem and --out, or --compare, or --table and --output")


def simulate(arguments, parser):
    """Write what a problem's programs make, and the config that imports it."""
    problem, folder = arguments.problem, arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    if arguments.published:
        if problem != "theta":
            parser.error(f"no file of {problem} was published: give the program")
        windows, made = field_programs.describe_published_theta(arguments.published, folder)
    else:
        windows = arguments.windows
        needed = "discoal" if problem == "sweeps" else "ms"
        if getattr(arguments, needed) is None:
            parser.error(f"{problem} needs --{needed}, the path of the program")
        programs = {needed: getattr(arguments, needed).absolute()}
        generator = np.random.default_rng(arguments.seed)
        made = field_programs.PROBLEMS[problem](programs, folder.absolute(), windows, generator)
    path = field_programs.write_config(problem, folder, windows, made, arguments.published)
    print(f".venv/bin/snakemake --configfile {path}")


if __name__ == "__main__":
    main()
