"""The nets: one record each, without PyTorch, since configs are checked where it is not loaded.

A net is its record here, its class in a module of :mod:`coalflow.models.nets`, and its test.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class NetRecord:
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
        The fewest sites that its layers can take.
    inputs : tuple of str
        Which of ``haplotypes``, ``positions`` and ``mask`` it uses.
    needs_position : bool
        Whether it needs the position of a site in the window, not only its distance from the
        previous one.
    any_order : bool
        Whether the order of haplotypes makes no difference to it.
    any_haplotypes : bool
        Whether the number of haplotypes may differ from one batch to the next.
    any_of_each : bool
        Whether the number of each of several populations may, too.
    recipe : mapping
        How its authors trained it: what the config's ``training`` leaves open, by the names of
        :class:`coalflow.config.schema.training.Recipe`.
    populations : str
        What it does with several populations.
    distinguishes_populations : bool
        Whether it knows which haplotypes are of the same population.
    class_of_several : str
        The module and the class of the net where there are several populations, if it is another.
    class_of_ancestry : str
        The module and the class of the net where ancestry at each site is predicted; none where it
        cannot be.
    ancestry_recipe : mapping
        What differs in ``recipe`` where ancestry at each site is predicted.
    """

    module: str
    class_name: str
    title: str
    citation: str
    populations: str = dataclasses.field(kw_only=True)
    fewest_sites: int = 1
    inputs: tuple[str, ...] = ("haplotypes", "positions", "mask")
    needs_position: bool = False
    any_order: bool = False
    any_haplotypes: bool = False
    any_of_each: bool = False
    recipe: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    distinguishes_populations: bool = True
    class_of_several: str = ""
    class_of_ancestry: str = ""
    ancestry_recipe: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def reads_positions(self) -> bool:
        """Whether it uses the positions of sites."""
        return "positions" in self.inputs


IN_ORDER = "reads haplotypes in their order, so it can learn which are of which population"
ALL_ALIKE = "takes means or maxima over all haplotypes, and does not know whose they are"
FLAGEL_FAQ = "Flagel, FAQ on using deep neural nets for population genetic inference"
FLAGEL = "Flagel, Brandvain and Schrider (2019), doi.org/10.1093/molbev/msy224"
# For a transformer or a residual net that is trained from scratch on few simulations.
SMALL_DATA = {
    "batch_size": 128,
    "learning_rate": 2e-3,
    "schedule": "cosine",
    "warm_up": 1,
    "weight_decay": 0.01,
    "clip": 1.0,
}

NETS: dict[str, NetRecord] = {
    "coalflow": NetRecord(
        "coalflow",
        "Coalflow",
        "coalflow's own net",
        "docs/own_net.md",
        needs_position=True,
        any_order=True,
        any_haplotypes=True,
        any_of_each=True,
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
        populations="compares each haplotype with its own population and with each other one, and "
        "describes each population and each pair",
        class_of_several="coalflow_populations.CoalflowPopulations",
        class_of_ancestry="ancestry.CoalflowAncestry",
        ancestry_recipe={"batch_size": 16, "learning_rate": 3e-3, "epochs": 10},
    ),
    "flagel_tajimas_d": NetRecord(
        "flagel",
        "TajimasD",
        "net for Tajima's D",
        FLAGEL_FAQ,
        fewest_sites=4,
        inputs=("haplotypes",),
        populations=IN_ORDER,
    ),
    "flagel_theta": NetRecord(
        "flagel",
        "Theta",
        "net for theta",
        FLAGEL,
        fewest_sites=4,
        inputs=("haplotypes",),
        recipe={"batch_size": 32, "learning_rate": 1e-3},
        populations=IN_ORDER,
    ),
    "flagel_recombination": NetRecord(
        "flagel",
        "Recombination",
        "net for recombination rates",
        FLAGEL,
        fewest_sites=8,
        recipe={"batch_size": 32, "learning_rate": 1e-3},
        populations=IN_ORDER,
    ),
    "flagel_introgression": NetRecord(
        "flagel",
        "Introgression",
        "net for introgression between two populations",
        FLAGEL,
        fewest_sites=8,
        inputs=("haplotypes",),
        recipe={"batch_size": 256, "learning_rate": 1e-3},
        populations=IN_ORDER,
    ),
    "flagel_demography": NetRecord(
        "flagel",
        "Demography",
        "net for changes of population size",
        FLAGEL,
        fewest_sites=31,
        recipe={"batch_size": 200, "learning_rate": 1e-3, "patience": 3},
        populations=IN_ORDER,
    ),
    "flagel_sweeps": NetRecord(
        "flagel",
        "Sweeps",
        "net for hard and soft sweeps",
        FLAGEL,
        fewest_sites=32,
        recipe={"batch_size": 64, "learning_rate": 1e-3},
        populations=IN_ORDER,
    ),
    "exchangeable": NetRecord(
        "exchangeable",
        "Exchangeable",
        "exchangeable net",
        "Chan, Perrone, Spence, Jenkins, Mathieson and Song (2018), arXiv:1802.06153",
        fewest_sites=9,
        any_order=True,
        any_haplotypes=True,
        any_of_each=True,
        recipe={"batch_size": 50, "learning_rate": 1e-3},
        populations=ALL_ALIKE,
        distinguishes_populations=False,
    ),
    "spidna": NetRecord(
        "exchangeable",
        "SPIDNA",
        "SPIDNA, with batch normalisation",
        "Sanchez, Cury, Charpiat and Jay (2021), doi.org/10.1111/1755-0998.13224",
        fewest_sites=5,
        any_order=True,
        any_haplotypes=True,
        any_of_each=True,
        populations=ALL_ALIKE,
        distinguishes_populations=False,
    ),
    "dilated_residual": NetRecord(
        "residual",
        "DilatedResidual",
        "residual net of dilated convolutions along the sites, not published for genomes",
        "He et al. (2016), arXiv:1603.05027, and Yu and Koltun (2016), arXiv:1511.07122",
        recipe=SMALL_DATA,
        populations=IN_ORDER,
        class_of_ancestry="residual.DilatedAncestry",
    ),
    "axial_transformer": NetRecord(
        "transformer",
        "AxialTransformer",
        "small axial transformer, not published for genomes",
        "Ho et al. (2019), arXiv:1912.12180",
        any_order=True,
        any_haplotypes=True,
        recipe=SMALL_DATA,
        populations="marks the haplotypes of each population with numbers that it learns",
        class_of_ancestry="transformer.AxialAncestry",
    ),
}


def list_ancestry_nets() -> list[str]:
    """Return the names of the nets that can predict ancestry at each site."""
    return [name for name, record in NETS.items() if record.class_of_ancestry]
