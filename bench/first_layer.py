"""What the first layer of ``coalflow`` costs, and the whole net with many haplotypes.

The first layer has no weights. It is timed on windows as they are in memory; the whole net on
packed ones, as in an evaluation or a scan, an eighth of whose columns are padding, and with two
populations next to one of as many haplotypes. In each round, in turn, this version and, with
``--before``, an earlier one.

    python bench/first_layer.py --before ../earlier
"""

from __future__ import annotations

import functools
import pathlib
import sys

import numpy as np
import torch

from measuring import (
    Mark,
    Row,
    Way,
    compare,
    hand_over,
    make_parser,
    serve,
    start_before,
    time_call,
    time_rounds,
)

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config.schema.encoding import Encoding
from coalflow.evaluation.cards import NetInput
from coalflow.models import batches, nets
from coalflow.models.nets import first_layer
from coalflow.models.nets.net import Net
from coalflow.windows.packed_windows import Windows

LAYERS = {(40, 20): 512, (256, 40): 64, (256, 100): 16}  # sites, haplotypes: windows of a round
SITES = 400  # of the whole net's windows
TWO = 50  # haplotypes of each of two populations
SLOWER_FOR_TWO = 1.3  # times, at most, than for one of as many
TWO_NAME = f"whole net, {SITES} x {TWO} + {TWO}"
NETS = {40: (48, 1.5), 100: (16, 4.0), 400: (4, 20.0)}  # haplotypes: windows, and most milliseconds


def main() -> None:
    """Time all ways, and hand over the rows."""
    arguments = make_parser(__doc__).parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    ways = make_ways()
    if arguments.serve:
        serve(ways)
        return
    timed = dict(ways)
    if arguments.before:
        before = start_before(arguments.before, __file__)
        timed |= {f"before: {name}": before.time(name) for name in ways if name != TWO_NAME}
    times = time_rounds(timed, arguments.rounds)

    def compare_with_before(name: str, windows: int, mark: Mark | None = None) -> Row:
        earlier = f"before: {name}" if arguments.before else ""
        return compare(name, times, name, earlier, amount=windows, unit="ms", mark=mark)

    rows = [compare_with_before(name_layer(*size), windows) for size, windows in LAYERS.items()]
    rows += [
        compare_with_before(name_net(haplotypes), windows, Mark("<=", most, of="value"))
        for haplotypes, (windows, most) in NETS.items()
    ]
    windows, _ = NETS[2 * TWO]
    mark = Mark(">=", 1 / SLOWER_FOR_TWO)
    rows.append(
        compare(TWO_NAME, times, TWO_NAME, name_net(2 * TWO), amount=windows, unit="ms", mark=mark)
    )
    hand_over(rows, arguments.output)


def name_layer(sites: int, haplotypes: int) -> str:
    """Return the name of the first layer's row."""
    return f"first layer, {sites} x {haplotypes}"


def name_net(haplotypes: int) -> str:
    """Return the name of the whole net's row."""
    return f"whole net, {SITES} x {haplotypes}"


def make_ways() -> dict[str, Way]:
    """Return all ways by name."""
    ways = {}
    for (sites, haplotypes), count in LAYERS.items():
        windows = batches.DeviceWindows(make_windows(count, sites, haplotypes), Encoding(), "cpu")
        seen = windows.unpack_sites(slice(None))
        ways[name_layer(sites, haplotypes)] = time_call(
            first_layer.summarise_alleles, seen.alleles, seen.positions, seen.mask
        )
    for haplotypes, (count, _) in NETS.items():
        shape = NetInput(sites=SITES, haplotypes=haplotypes, channels=1)
        net = nets.build_net("coalflow", shape, 1).eval()
        windows = make_windows(count, SITES, haplotypes)
        ways[name_net(haplotypes)] = time_call(predict, net, windows)
    if "populations" in NetInput.model_fields:  # an earlier version may not have them
        ways[TWO_NAME] = time_call(predict, *make_two_populations())
    return ways


def make_two_populations() -> tuple[Net, Windows]:
    """Return a net for two populations, and their windows."""
    count, _ = NETS[2 * TWO]
    one = make_windows(count, SITES, 2 * TWO)
    populations = (("one", TWO), ("other", TWO))
    two = Windows.pack(one.haplotypes, one.positions, one.mask, populations=populations)
    shape = batches.measure_input_shape(two, Encoding())
    return nets.build_net("coalflow", shape, 1).eval(), two


def make_windows(count: int, sites: int, haplotypes: int) -> Windows:
    """Return random windows; common alleles are as common as rare ones."""
    generator = np.random.default_rng(1)
    shape = count, sites
    mask = np.tile(np.arange(sites) < sites - sites // 8, (count, 1))
    frequencies = generator.random((*shape, 1))
    alleles = (generator.random((*shape, haplotypes)) < frequencies) & mask[:, :, None]
    positions = np.sort(generator.random(shape, dtype=np.float32), axis=1) * mask
    return Windows.pack(alleles.astype(np.uint8), positions, mask)


def predict(net: Net, windows: Windows) -> None:
    """Predict from windows, with this version of the library or an earlier one."""
    make = functools.partial(batches.DeviceWindows, windows, Encoding(), "cpu")
    if hasattr(Net, "first_layer"):
        batches.predict_in_batches([net], make(net.first_layer))
    else:
        batches.predict_in_batches(net, make())


if __name__ == "__main__":
    main()
