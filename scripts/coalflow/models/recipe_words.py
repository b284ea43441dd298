"""Recipes in words."""

from coalflow.config.schema.training import Augment, Recipe


def describe_recipe(recipe: Recipe) -> str:
    """Return a recipe in one line, without what it makes no use of.

    Examples
    --------
    >>> recipe = Recipe(clip=1.5, augment=Augment(mirror=True, thin=10))
    >>> describe_recipe(recipe).split(", ")[-4:]
    ['clip 1.5', 'loss squared', 'augment mirror', 'augment thin 10']
    """
    values = {name: getattr(recipe, name) for name in DESCRIBED}
    parts = [_describe_value(name, value) for name, value in values.items() if value]
    changes = ((name, getattr(recipe.augment, name)) for name in Augment.model_fields)
    parts += [f"augment {_describe_value(name, value)}" for name, value in changes if value]
    return ", ".join(parts)


# What is in a recipe for the sake of the net, not of the machine.
DESCRIBED = (
    *("epochs", "patience", "batch_size", "learning_rate", "schedule", "warm_up"),
    *("weight_decay", "clip", "average", "loss"),
)


def _describe_value(name: str, value: str | float | bool) -> str:
    if value is True:
        return name
    return f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
