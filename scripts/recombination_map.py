"""Get a recombination map of stdpopsim's and write it in HapMap's format."""

import numpy as np
import stdpopsim

from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import CoalflowError, run_program
from coalflow.core.files import replace_atomically


def main():
    """Read the arguments, download the map where stdpopsim has not, write the file."""
    arguments = parse_arguments(
        __doc__, settings="species, chromosome, map", output="the map, in HapMap's format"
    )
    settings = arguments.settings
    wanted = stdpopsim.get_species(settings["species"]).get_genetic_map(settings["map"])
    try:
        found = wanted.get_chromosome_map(settings["chromosome"])
    except (OSError, ValueError) as error:
        raise CoalflowError(
            f"stdpopsim's map {settings['map']} of {settings['chromosome']} cannot be had "
            f"({error}). It is downloaded once, so this machine must reach the network; or name a "
            "file in simulation.recombination_map"
        ) from None
    morgans = np.nan_to_num(found.get_cumulative_mass(found.position))
    # HapMap's format has the rate to the right of a position, and no place for an unknown one
    # but the beginning.
    rates = np.append(np.nan_to_num(found.rate), 0.0) * 1e8
    lines = ["Chromosome\tPosition(bp)\tRate(cM/Mb)\tMap(cM)\n"]
    lines += [
        f"{settings['chromosome']}\t{position:.0f}\t{rate:.10g}\t{100 * place:.10g}\n"
        for position, rate, place in zip(found.position, rates, morgans, strict=True)
    ]
    with replace_atomically(arguments.output) as temporary:
        temporary.write_text("".join(lines))


if __name__ == "__main__":
    run_program(main)
