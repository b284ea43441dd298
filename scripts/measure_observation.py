"""Write how simulations are observed, after the config and the file that they are to resemble."""

from coalflow.config.settings.observing import MeasureObservationSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_json
from coalflow.genomes.measured_observation import complete_observation, measure_file
from coalflow.windows import masks


def main() -> None:
    """Measure the file that simulations are to resemble, describe the mask, write both as JSON."""
    arguments = parse_arguments(
        __doc__, MeasureObservationSettings, output="the observation, .json"
    )
    written, samples = arguments.settings.observation, arguments.settings.samples

    like = written.like_file
    measured = None if like is None else measure_file(like, samples.ploidy)
    observation, remarks = complete_observation(written, measured, samples)
    found = {"observation": observation.as_json()}
    if measured is not None:
        found["measured"] = {**measured.as_json(), "remarks": remarks}
    if observation.mask is not None:
        found["mask"] = masks.describe_mask(observation.mask)
    write_json(arguments.output, found)


if __name__ == "__main__":
    run_program(main)
