"""What contradicts the section ``explain``."""

from collections.abc import Iterator

from coalflow.config.fields.section import Mistake
from coalflow.config.schema.interpreting.explain import parse_place
from coalflow.config.schema.whole import Config
from coalflow.core.errors import suggest_nearest


def check_explained_windows(config: Config) -> Iterator[Mistake]:
    """Yield windows of genomes that the config does not have."""
    for index, text in enumerate(config.explain.windows):
        place = parse_place(text)
        if place is not None and place.genome not in config.genomes:
            near = suggest_nearest(place.genome, config.genomes)
            message = f"is {text}, but genomes has no {place.genome}{near}"
            yield ("explain", "windows", index), message
