"""The nets: one record each, without PyTorch, since configs are checked where it is not loaded.

A net is its record here, its module in :mod:`coalflow.models.nets`, and its test.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Net:
    """What config, training, report and docs need to know of a net.

    Attributes
    ----------
    module, class_name : str
        Where its class is, in :mod:`coalflow.models.nets`.
    title : str
        What it is, in a few words.
    citation : str
        Its source.
    fewest_sites : int
        With fewer sites its layers have nothing left.
    inputs : tuple of str
        Which of ``haplotypes``, ``positions`` and ``mask`` it uses.
    needs_position : bool
        Whether it needs the position of a site in the window, not only its distance from the
        previous one.
    any_order : bool
        Whether the order of haplotypes makes no difference to it.
    any_haplotypes : bool
        Whether the number of haplotypes may differ from one batch to the next.
    recipe : mapping
        How its authors trained it: what the config's ``training`` leaves open, by the names of
        :class:`coalflow.config.schema.training.Recipe`.
    """

    module: str
    class_name: str
    title: str
    citation: str
    fewest_sites: int = 1
    inputs: tuple[str, ...] = ("haplotypes", "positions", "mask")
    needs_position: bool = False
    any_order: bool = False
    any_haplotypes: bool = False
    recipe: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def reads_positions(self) -> bool:
        """Whether it uses the positions of sites."""
        return "positions" in self.inputs


FLAGEL_FAQ = "Flagel, FAQ on using deep neural nets for population genetic inference"
FLAGEL = "Flagel, Brandvain and Schrider 2019, doi.org/10.1093/molbev/msy224"
# A transformer or a residual net that is trained from scratch on few simulations.
SMALL_DATA = {
    "batch_size": 128,
    "learning_rate": 2e-3,
    "schedule": "cosine",
    "warm_up": 1,
    "weight_decay": 0.01,
    "clip": 1.0,
}

NETS: dict[str, Net] = {
    "coalflow": Net(
        "coalflow",
        "Coalflow",
        "coalflow's own",
        "docs/own_net.md",
        needs_position=True,
        any_order=True,
        any_haplotypes=True,
        recipe={
            "epochs": 12,
            "patience": 12,
            "batch_size": 64,
            "learning_rate": 2e-3,
            "schedule": "cosine",
            "warm_up": 1,
            "weight_decay": 0.02,
            "clip": 1.0,
            "augment": {"mirror": True},
        },
    ),
    "flagel_tajimas_d": Net(
        "flagel",
        "TajimasD",
        "Tajima's D, from Flagel's FAQ",
        FLAGEL_FAQ,
        fewest_sites=4,
        inputs=("haplotypes",),
    ),
    "flagel_theta": Net(
        "flagel",
        "Theta",
        "theta, of Flagel et al.",
        FLAGEL,
        fewest_sites=4,
        inputs=("haplotypes",),
        recipe={"batch_size": 32, "learning_rate": 1e-3},
    ),
    "flagel_recombination": Net(
        "flagel",
        "Recombination",
        "recombination rates, of Flagel et al.",
        FLAGEL,
        fewest_sites=8,
        recipe={"batch_size": 32, "learning_rate": 1e-3},
    ),
    "flagel_introgression": Net(
        "flagel",
        "Introgression",
        "introgression, of Flagel et al.",
        FLAGEL,
        fewest_sites=8,
        inputs=("haplotypes",),
        recipe={"batch_size": 256, "learning_rate": 1e-3},
    ),
    "flagel_demography": Net(
        "flagel",
        "Demography",
        "changes of population size, of Flagel et al.",
        FLAGEL,
        fewest_sites=31,
        recipe={"batch_size": 200, "learning_rate": 1e-3, "patience": 3},
    ),
    "flagel_sweeps": Net(
        "flagel",
        "Sweeps",
        "hard and soft sweeps, of Flagel et al.",
        FLAGEL,
        fewest_sites=32,
        recipe={"batch_size": 64, "learning_rate": 1e-3},
    ),
    "exchangeable": Net(
        "exchangeable",
        "Exchangeable",
        "exchangeable",
        "Chan et al. 2018, arXiv:1802.06153",
        fewest_sites=9,
        any_order=True,
        any_haplotypes=True,
        recipe={"batch_size": 50, "learning_rate": 1e-3},
    ),
    "spidna": Net(
        "exchangeable",
        "SPIDNA",
        "SPIDNA",
        "Sanchez et al. 2021, doi.org/10.1111/1755-0998.13224",
        fewest_sites=5,
        any_order=True,
        any_haplotypes=True,
    ),
    "dilated_residual": Net(
        "residual",
        "DilatedResidual",
        "dilated residual net",
        "after He et al. 2016, arXiv:1603.05027, and Yu and Koltun 2016, arXiv:1511.07122",
        recipe=SMALL_DATA,
    ),
    "axial_transformer": Net(
        "transformer",
        "AxialTransformer",
        "axial transformer",
        "after Ho et al. 2019, arXiv:1912.12180",
        any_order=True,
        any_haplotypes=True,
        recipe=SMALL_DATA,
    ),
}
