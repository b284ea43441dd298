"""Give damaged, mutated and odd files of all kinds to the programs, and see what comes of it.

Whatever is in a file, a program reads it right or refuses it in one line that names it: it neither
fails with a traceback, nor hangs, nor takes more than 4 GB. Each case runs in a process of its own,
which is killed when it takes too long. A case depends on the seed, the format and its index alone.

    python validation/fuzz.py --output fuzz --count 300
    python validation/fuzz.py --output fuzz --format vcf --first 17 --count 1     # a case again

``outcomes.tsv`` counts what came of each kind of mutation; ``failures.tsv`` lists the cases that
failed, whose files are kept in ``<output>/<format>/<case>/``.
"""

import argparse
import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from helpers.fuzzing import campaign
from helpers.fuzzing.every_format import FORMATS
from helpers.fuzzing.formats import Case


def main() -> None:
    """Try the cases, print what fails, write the tables; end with exit code 1 if anything fails."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder of the tables")
    parser.add_argument("--format", nargs="*", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="index of the first case")
    parser.add_argument("--count", type=int, default=300, help="cases of each format")
    parser.add_argument("--small", action="store_true", help="leave out files of gigabytes")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()

    indices = range(arguments.first, arguments.first + arguments.count)
    cases = [
        Case(FORMATS[name], arguments.seed, index, arguments.small)
        for name in arguments.format
        for index in indices
    ]
    output = arguments.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    tried, started = [], time.monotonic()
    for one in campaign.try_cases(cases, output, arguments.workers):
        tried.append(one)
        if one.outcome.failed:
            message = " ".join(one.outcome.message.split())[:200]
            where = f"{one.format} {one.index} ({one.kind})"
            print(f"{where}: {one.outcome.kind} in {one.outcome.stage}: {message}", flush=True)
    outcomes, failures = campaign.tabulate(tried), campaign.list_failures(tried)
    outcomes.to_csv(output / "outcomes.tsv", sep="\t", index=False)
    failures.to_csv(output / "failures.tsv", sep="\t", index=False)
    print(outcomes.drop(columns="mutation").groupby("format", sort=False).sum().to_string())
    print(f"{len(tried):,} cases, {len(failures):,} failures, {time.monotonic() - started:.0f} s")
    sys.exit(1 if len(failures) else 0)


if __name__ == "__main__":
    main()
