"""Get a recombination map of stdpopsim's and write it in HapMap's format."""

import numpy as np
import stdpopsim

from coalflow.config.settings.simulating import RecombinationMapSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import CoalflowError, run_program
from coalflow.core.files import replace_atomically
from coalflow.core.progress import say
from coalflow.simulation.recombination import RecombinationMap


def main() -> None:
    """Read the arguments, download the map unless stdpopsim has it already, write the file."""
    arguments = parse_arguments(
        __doc__, RecombinationMapSettings, output="the map, in HapMap's format"
    )
    settings: RecombinationMapSettings = arguments.settings
    genetic_map = stdpopsim.get_species(settings.species).get_genetic_map(settings.map)
    try:
        rate_map = genetic_map.get_chromosome_map(settings.chromosome)
    except (OSError, ValueError) as error:
        raise CoalflowError(
            f"stdpopsim's map {settings.map} of {settings.chromosome} could not be downloaded "
            f"({error}). It is downloaded once, so this machine must reach the network; or name a "
            "file in simulation.recombination_map"
        ) from None
    morgans = np.nan_to_num(rate_map.get_cumulative_mass(rate_map.position))
    # The rate is that to the right of a position; NA where the map says nothing.
    rates = [f"{rate * 1e8:.10g}".replace("nan", "NA") for rate in [*rate_map.rate, np.nan]]
    lines = ["Chromosome\tPosition(bp)\tRate(cM/Mb)\tMap(cM)\n"]
    lines += [
        f"{settings.chromosome}\t{position:.0f}\t{rate}\t{100 * mass:.10g}\n"
        for position, rate, mass in zip(rate_map.position, rates, morgans, strict=True)
    ]
    with replace_atomically(arguments.output) as temporary:
        temporary.write_text("".join(lines), encoding="utf-8")
    say(RecombinationMap(arguments.output).describe())


if __name__ == "__main__":
    run_program(main)
