"""Write what docs/nets.md says of each net, from the nets' records.

The scores on the same page are written by tools/compare_nets.py, which trains all nets.

    python tools/document_nets.py
"""

import pathlib
import re
import sys
from collections.abc import Collection, Sequence

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config.registry.nets import NETS, NetRecord
from coalflow.evaluation.cards import NetInput
from coalflow.models import nets

PAGE = ROOT / "docs" / "nets.md"
SHAPE = NetInput(sites=40, haplotypes=20, channels=1)  # the quickstart's
SCORES = "## How good they are\n"  # where the part of tools/compare_nets.py begins

TEXT = """\
# Nets

This page is generated: the tables of nets by `make docs`, their scores by `tools/compare_nets.py`.

`models.nets` takes any of these names. Each net takes haplotypes, positions and a mask that
distinguishes sites from padding, and predicts as many numbers or classes as the targets need. Its
docstring, in `scripts/coalflow/models/nets/`, has more detail, including differences from the
publication.

- **order**: whether the order of haplotypes matters.
- **haplotypes**: whether their number may differ from that in training.
- **positions**: whether the net reads the sites' positions (`encoding.positions`), and whether it
  needs those in the window, not only distances.
- **sites**: the smallest `encoding.sites` that it accepts.
- **weights**: with {sites} sites of {haplotypes} haplotypes, one channel of positions, one output.
- **dropout**, **recipe**: its authors' values, used for keys that `training` leaves out.

{table}

{sources}

## Several populations

Populations have an order of their own: the smallest sample first, and of equal ones the first in
the demes file; without a demes file, that of their names. So `{{A: 20, B: 14}}` and
`{{B: 14, A: 20}}` are the same to every net. In a demes file, two populations that exchange their
names everywhere have exchanged predictions, to the bit. What a net then does with them:

{populations}

With several populations `coalflow` has {several} weights more for two and {more} more for three.
`coalflow check` and the report name each net that does not distinguish populations where a target
is about them: any scenario parameter, and statistics of some of the populations or between them.

"""


def write_page() -> str:
    """Return the text of docs/nets.md with today's records, and the scores as they are there."""
    _, _, scores = PAGE.read_text(encoding="utf-8").partition(SCORES)
    return describe_nets() + SCORES + scores


def describe_nets() -> str:
    """Return the part of the page that says what each net is."""
    sources = (
        f"- `{name}`: {net.title}. Source: {_link(net.citation)}." for name, net in NETS.items()
    )
    return TEXT.format(
        sites=SHAPE.sites,
        haplotypes=SHAPE.haplotypes,
        table=_tabulate_nets(),
        sources="\n".join(sources),
        populations="\n".join(f"- `{name}` {record.populations}." for name, record in NETS.items()),
        several=_count_more(2),
        more=_count_more(3),
    )


def _count_more(populations: int) -> str:
    """Return how many weights coalflow's own net has more than for one population."""
    sizes = tuple((f"p{index}", SHAPE.haplotypes) for index in range(populations))
    several = SHAPE.model_copy(update={"populations": sizes})
    one, more = (
        nets.count_weights(nets.build_net("coalflow", each, 1)) for each in (SHAPE, several)
    )
    return f"{more - one:,}"


def format_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table in Markdown.

    Examples
    --------
    >>> print(format_table(["net", "sites"], [["spidna", 5]]))
    | net | sites |
    | --- | --- |
    | spidna | 5 |
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _tabulate_nets() -> str:
    rows = []
    for name, record in NETS.items():
        net = nets.build_net(name, SHAPE, 1)
        rows.append(
            [
                f"`{name}`",
                "does not matter" if record.any_order else "matters",
                "any number" if record.any_haplotypes else "as in training",
                _describe_positions(record),
                record.fewest_sites,
                f"{nets.count_weights(net):,}",
                _format_range(net.dropout.values()),
                ", ".join(f"{key} {_format_value(value)}" for key, value in record.recipe.items()),
            ]
        )
    header = ["net", "order", "haplotypes", "positions", "sites", "weights", "dropout", "recipe"]
    return format_table(header, rows)


def _describe_positions(record: NetRecord) -> str:
    if record.needs_position:
        return "yes, in the window"
    return "yes" if record.reads_positions else "no"


def _format_range(rates: Collection[float]) -> str:
    ends = sorted({min(rates), max(rates)}) if rates else []
    return " to ".join(f"{rate:g}" for rate in ends)


def _format_value(value: object) -> str:
    """Return a value of a recipe as YAML writes it."""
    if not isinstance(value, dict):
        return str(value)
    return "{" + ", ".join(f"{key}: {str(part).lower()}" for key, part in value.items()) + "}"


def _link(citation: str) -> str:
    """Return a citation in Markdown, with a link for each DOI, arXiv number and page of docs/.

    Examples
    --------
    >>> _link("docs/own_net.md")
    '[own_net.md](own_net.md)'
    """
    citation = re.sub(r"docs/(\w+\.md)", r"[\1](\1)", citation)
    citation = re.sub(r"arXiv:([\d.]+\d)", r"[arXiv:\1](https://arxiv.org/abs/\1)", citation)
    return re.sub(r"(doi\.org/\S+\w)", r"[\1](https://\1)", citation)


if __name__ == "__main__":
    PAGE.write_text(write_page(), encoding="utf-8")
