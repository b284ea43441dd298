"""Write how simulations are observed, after the config and the file that they are to resemble."""

from coalflow.config.genomes.parts import name_part
from coalflow.config.settings.observing import MeasureObservationSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_json
from coalflow.genomes.measuring.measured_observation import (
    complete_observation,
    describe_file,
    read_measured,
)
from coalflow.windows import masks


def main() -> None:
    """Add up what was counted in the parts of that file, describe the mask, write both as JSON."""
    arguments = parse_arguments(
        __doc__,
        MeasureObservationSettings,
        optional={"measured": "folder of what was counted in the parts of the file"},
        output="the observation, .json",
    )
    settings = arguments.settings
    written, samples, like = settings.observation, settings.samples, settings.observation.like_file

    measured = None
    if like is not None:
        names = [f"{name_part(part)}.json" for part in range(settings.parts)]
        parts = [read_measured(arguments.measured / name) for name in names]
        measured = describe_file(like.path, samples.ploidy, parts)
    observation, remarks = complete_observation(written, measured, samples)
    found = {"observation": observation.as_json()}
    if measured is not None:
        found["measured"] = {**measured.as_json(), "remarks": remarks}
    if observation.mask is not None:
        found["mask"] = masks.describe_mask(observation.mask)
    write_json(arguments.output, found)


if __name__ == "__main__":
    run_program(main)
