"""The sections ``training`` and ``search``: how nets are trained, and which recipes are tried."""

from typing import Annotated, Literal, TypeAlias

import pydantic

from coalflow.config.fields.names import OneOf, Text
from coalflow.config.fields.section import (
    NUMBER,
    TEXT,
    ByKind,
    Distinct,
    Limits,
    OneKey,
    Pair,
    Section,
)
from coalflow.config.registry.parameters import Number
from coalflow.config.schema.distributions import Value

Epochs: TypeAlias = Annotated[int, Limits(ge=1, le=100_000, whole=True)]
Few: TypeAlias = Annotated[int, Limits(ge=1, le=1024, whole=True)]


class Augment(Section):
    """How training windows are changed each time they are used."""

    mirror: bool = False
    """Whether half the windows, different ones each time, are read from right to left."""
    thin: Annotated[int, Limits(ge=4, le=1_000_000, whole=True)] | None = None
    """
    The fewest haplotypes that are kept of a batch; of several populations, of each, and one that
    has no more stays whole. How many and which is drawn for each batch. For nets that accept any
    number of haplotypes, padded windows, and targets that are parameters.
    """
    flip: Annotated[int | float, Limits(gt=0, le=0.5)] | None = None
    """
    Fraction of sites whose two alleles are swapped, different sites each time. For polarised data.
    """
    errors: bool = False
    """
    Whether everything that is random in `observation` is drawn again for every epoch. Windows are
    then encoded again each time. For targets that are not statistics of sites.
    """


class Training(Section):
    """How nets are trained.

    What is left out is as in the net's own recipe, which is in its card and its log, and otherwise
    as described below. The weights of the best epoch are kept.
    """

    epochs: Epochs | None = None
    """Passes over the training data, at most. Without it, the net's own, or else 20."""
    patience: Epochs | None = None
    """
    Epochs without a better validation loss after which training stops. Without it, the net's own,
    or else 5.
    """
    batch_size: (
        Annotated[
            Annotated[int, Limits(ge=1, le=1_000_000, whole=True), pydantic.Tag(NUMBER)]
            | Annotated[Literal["auto"], pydantic.Tag(TEXT)],
            ByKind,
        ]
        | None
    ) = None
    """
    Windows per step, of all processes together. `auto` uses as many as keep the machine busy, which
    depends on the machine, and so does the net that results. Without it, the net's own, or else
    256.
    """
    learning_rate: Annotated[int | float, Limits(gt=0, le=1)] | None = None
    """Adam's step size, at its highest. Without it, the net's own, or else 0.001."""
    schedule: Literal["constant", "cosine"] | None = None
    """
    How the learning rate changes: `constant`, or `cosine`, which falls to 0 at the last of
    `epochs`. Without it, the net's own, or else `constant`.
    """
    warm_up: Annotated[int | float, Limits(ge=0, le=100_000)] | None = None
    """
    Epochs, or a fraction of one, during which the learning rate rises from 0. Without it, the net's
    own, or else 0.
    """
    weight_decay: Annotated[int | float, Limits(ge=0, le=1000)] | None = None
    """
    Decay of weights, decoupled from the gradient (AdamW); 0 is none. Biases, norms and layers that
    a net penalises itself, as `flagel_sweeps` does, have none. Without it, the net's own, or else
    0.
    """
    clip: Annotated[int | float, Limits(ge=0)] | None = None
    """
    Norm to which larger gradients are clipped; 0 clips none. Without it, the net's own, or else 0.
    """
    average: Annotated[int | float, Limits(ge=0, lt=1)] | None = None
    """
    Decay of a moving average of the weights over steps, such as 0.999. It is then this average that
    is evaluated and kept. 0 is none. Without it, the net's own, or else 0.
    """
    loss: Literal["squared", "gaussian", "quantiles"] | None = None
    """
    What is learned of numbers. `squared` (error) gives their mean; `gaussian` a mean and a standard
    deviation, so also how certain the net is; `quantiles` the 5 %, 10 %, ... and 95 % quantiles, of
    which the median is the prediction. Classes have cross-entropy. Without it, the net's own, or
    else `squared`.
    """
    augment: Augment | None = None
    """
    How training windows are changed each time they are used, such as `{mirror: true, thin: 10}`;
    `{}` is not at all. Without it, the net's own as far as it suits the run, or else not at all.
    """
    class_weights: Literal["equal", "balanced"] = "equal"
    """
    How much windows count if the target has classes. `equal` counts windows equally, `balanced`
    counts classes equally, however rare they are.
    """
    dropout: Annotated[int | float, Limits(ge=0, lt=1)] | None = None
    """
    Fraction of activations dropped during training. Without it, as the net's authors chose
    (docs/nets.md).
    """
    threads: Few = 1
    """
    CPU threads per process. Fixed here, not by `--cores`, since another order of sums gives other
    bits. Restarts are trained side by side, so 1 wastes nothing.
    """
    processes: Few = 1
    """
    Processes that train a net together, each on its share of every batch. For several GPUs, as many
    as there are. For several nodes, this many on each.
    """
    nodes: Few = 1
    """Nodes of a SLURM cluster that train a net together."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """
    Where nets are trained. `auto` uses a CUDA GPU if there is one; `cuda` needs one for each
    process, and requests it from a cluster.
    """
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """
    Arithmetic of training. `auto` is `bfloat16` on a GPU and `float32` elsewhere. With `bfloat16`
    matrix products are rounded to 8 bits, which is faster on processors with instructions for it
    and on GPUs; a net is always evaluated and used in `float32`.
    """
    time_limit: Annotated[int | float, Limits(gt=0, le=1_000_000)] | None = None
    """
    Minutes after which training stops. Started again, Snakemake resumes it, and the net is the
    same. Changing it retrains nothing. Without it there is no limit.
    """
    tensorboard: bool = False
    """
    Whether TensorBoard can show losses during training: `tensorboard --logdir
    results/<run>/logs/train`. It is installed separately. Changing it retrains nothing.
    """


class Recipe(Section):
    """How one net is trained, with nothing left open; 0 stands for none."""

    epochs: int = 20
    patience: int = 5
    batch_size: int | Literal["auto"] = 256
    learning_rate: float = 1e-3
    schedule: Literal["constant", "cosine"] = "constant"
    warm_up: float = 0
    weight_decay: float = 0
    clip: float = 0
    average: float = 0
    loss: Literal["squared", "gaussian", "quantiles", "cross_entropy"] = "squared"
    augment: Augment = Augment()
    class_weights: Literal["equal", "balanced"] = "equal"
    dropout: float | None = None
    """Fraction dropped; without it, as the net's authors chose for each layer."""
    threads: int = 1
    processes: int = 1
    nodes: int = 1
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"


# Search --------------------------------------------------------------------------------------

#: Keys of ``training`` that a search can vary.
SEARCHED = (
    *("patience", "batch_size", "learning_rate", "schedule", "warm_up", "weight_decay"),
    *("clip", "average", "loss", "dropout"),
)


SearchRange: TypeAlias = Pair[Number]


class SearchSpace(OneKey):
    """Where the values of a key are drawn from: one of the keys below."""

    uniform: SearchRange | None = None
    """Lowest and highest value."""
    log_uniform: SearchRange | None = None
    """Lowest and highest value; as many are tried between 1 and 10 as between 10 and 100."""
    categorical: Annotated[Distinct[Value], pydantic.Field(min_length=2)] | None = None
    """Some values."""

    @property
    def values(self) -> tuple[Value, ...]:
        """Its values, or the two ends of its range."""
        return getattr(self, self.kind)


class Search(Section):
    """Recipes that `snakemake search` tries, to find a better one by validation data.

    Each is trained as a net is, and the best is written as a config to be merged with this one. The
    test data play no part.
    """

    net: Text | None = None
    """The net, one of `models.nets`. Without it, the first of them."""
    trials: Annotated[int, Limits(ge=2, le=10_000, whole=True)] = 21
    """How many recipes are tried; the first is the recipe as it is."""
    trials_per_round: Annotated[int, Limits(ge=1, le=1000, whole=True)] = 5
    """
    How many recipes are proposed at a time, and can be trained side by side. The next ones are
    proposed when these are done, and learn from them.
    """
    space: Annotated[
        dict[Annotated[str, OneOf(SEARCHED)], SearchSpace], pydantic.Field(min_length=1)
    ] = {
        "learning_rate": SearchSpace(log_uniform=(1.0e-4, 1.0e-2)),
        "batch_size": SearchSpace(categorical=(32, 64, 128, 256, 512)),
        "dropout": SearchSpace(uniform=(0.0, 0.5)),
    }
    """Keys of `training`, and where their values are drawn from."""
