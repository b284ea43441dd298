"""Say what is laid on simulations: the config's observation, and what a file tells of it."""

from coalflow import masks, measurement
from coalflow import observation as observing
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.files import write_json


def main():
    """Measure the file that data are to be like, look at the mask, write both as JSON."""
    arguments = parse(
        __doc__,
        settings="observation, samples, ploidy",
        output="the observation, .json",
    )
    settings = arguments.settings
    observation, ploidy = settings["observation"], settings["ploidy"]

    found = {}
    if "like" in observation:
        path = observation.pop("like")
        measured = measurement.measure(path, ploidy)
        seen = observing.whose(observation, settings["samples"], ploidy)
        observation, remarks = measurement.complete(observation, measured, seen)
        found["measured"] = {"path": path, **measured, "remarks": remarks}
    if "mask" in observation:
        found["mask"] = masks.describe(observation["mask"])
    write_json(arguments.output, {"observation": observation, **found})


if __name__ == "__main__":
    run_program(main)
