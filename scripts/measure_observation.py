"""Say what is laid on simulations: the config's observation, and what a file tells of it."""

from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_json
from coalflow.genomes import measured_observation
from coalflow.windows import masks
from coalflow.windows import observation as observing


def main():
    """Measure the file that data are to be like, look at the mask, write both as JSON."""
    arguments = parse_arguments(
        __doc__,
        settings="observation, samples, ploidy",
        output="the observation, .json",
    )
    settings = arguments.settings
    observation, ploidy = settings["observation"], settings["ploidy"]

    found = {}
    if "like" in observation:
        path = observation.pop("like")
        measured = measured_observation.measure_file(path, ploidy)
        seen = observing.whose(observation, settings["samples"], ploidy)
        observation, remarks = measured_observation.complete_observation(
            observation, measured, seen
        )
        found["measured"] = {"path": path, **measured, "remarks": remarks}
    if "mask" in observation:
        found["mask"] = masks.describe_mask(observation["mask"])
    write_json(arguments.output, {"observation": observation, **found})


if __name__ == "__main__":
    run_program(main)
