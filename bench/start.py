"""How long programs take to start: until they would read their settings.

python bench/start.py --before ../earlier
"""

import pathlib
import sys
from collections.abc import Mapping

import measuring

SCRIPTS = pathlib.Path(__file__).resolve().parents[1] / "scripts"
MARKS = {"train": measuring.Mark("<=", 2.2, "value")}


def main() -> None:
    """Start every program, and hand over a row for each."""
    parser = measuring.make_parser(__doc__, rounds=2)
    parser.add_argument("--programs", nargs="+", default=["*"], help="without .py; all by default")
    arguments = parser.parse_args()
    rows = []
    for path in sorted(path for name in arguments.programs for path in SCRIPTS.glob(f"{name}.py")):
        ways = {"now": time_start(sys.executable, path)}
        before = arguments.before and arguments.before.resolve()
        if before and (before / "scripts" / path.name).exists():
            ways["before"] = time_start(before / ".venv/bin/python", before / "scripts" / path.name)
        rows.append(compare_starts(path.stem, ways, arguments.rounds))
        measuring.write_rows(rows, arguments.output)
    measuring.hand_over(rows, arguments.output)


def time_start(python: str | pathlib.Path, program: pathlib.Path) -> measuring.Way:
    """Return a way that starts a program, which then explains its options and ends."""
    return measuring.time_command([python, program, "--help"])


def compare_starts(program: str, ways: Mapping[str, measuring.Way], rounds: int) -> measuring.Row:
    """Return the row of a program, of which the first start, which fills caches, does not count."""
    times = measuring.time_rounds(ways, rounds)
    anchor = "before" if "before" in ways else ""
    return measuring.compare(f"start of {program}", times, "now", anchor, mark=MARKS.get(program))


if __name__ == "__main__":
    main()
