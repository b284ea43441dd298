import pytest
from helpers.configs import (
    HEADER,
    HISTORIES,
    complaint,
    dump,
    line_of,
    write,
)

from coalflow.config.registry.nets import NETS

# One mistake that an overlay cannot make, since it takes no key away ----------------------------

EDITS = {
    "empty grid": (
        {"simulation.grid": {}},
        "  grid:",
        "simulation.grid is empty: list at least one value, or delete the key",
    ),
    "missing parameter": (
        {"simulation.mutation_rate": None},
        "simulation:",
        "simulation.mutation_rate is missing: add it, or list values in "
        "simulation.grid.mutation_rate, or draw it (simulation.prior)",
    ),
    "missing parameter, one level down": (
        {"simulation.grid.population_size": None},
        "  demography:",
        "simulation.demography.population_size is missing: add it, or list values in "
        "simulation.grid.population_size, or draw it (simulation.prior)",
    ),
    "missing key": (
        {"simulation.replicates": None},
        "simulation:",
        "simulation.replicates is missing: add it",
    ),
    "unknown history outside the grid": (
        {"simulation.grid.history": None, "simulation.demography.history": "grow"},
        "    history:",
        f"simulation.demography.history names 'grow', but the histories are: {HISTORIES}; did "
        "you mean growth?",
    ),
    "classes of which there is one": (
        {"target": "history", "simulation.grid.history": ["growth"], "models.baselines": ["mean"]},
        "target:",
        "target is history, whose values in simulation.grid are the classes: list two or more in "
        "simulation.grid.history",
    ),
    "classes that are not in the grid": (
        {"target": "sweep", "models.baselines": ["mean"]},
        "target:",
        "target is sweep, whose values in simulation.grid are the classes: list two or more in "
        "simulation.grid.sweep",
    ),
    "baseline of numbers for classes": (
        {"target": "history"},
        "  - ridge",
        "models.baselines.1 is ridge, which does not predict classes, and the target history is of "
        "that kind: use mean, classical, logistic_regression, gradient_boosting",
    ),
    "baseline of classes for numbers": (
        {"models.baselines": ["mean", "logistic_regression"]},
        "  - logistic_regression",
        "models.baselines.1 is logistic_regression, which does not predict numbers, and the target "
        "tajimas_d is of that kind: use mean, ridge, gradient_boosting",
    ),
    "classical estimator of Tajima's D": (
        {"models.baselines": ["mean", "classical"]},
        "  - classical",
        "models.baselines.1 is classical, but there is none for tajimas_d, only for "
        "population_size or mutation_rate: use mean, ridge, gradient_boosting",
    ),
    "classical estimator of a size at many rates": (
        {
            "models.baselines": ["classical"],
            "target": "population_size",
            "encoding.pad": True,
            "simulation.mutation_rate": None,
            "simulation.prior": {"mutation_rate": {"uniform": [1.0e-8, 2.0e-8]}},
            "genomes.simulated.simulate.mutation_rate": 1.0e-8,
        },
        "  - classical",
        "models.baselines.0 is classical, but it needs one value of mutation_rate, and simulations "
        "have several: use mean, ridge, gradient_boosting",
    ),
    "classical estimator of windows that are not padded": (
        {"models.baselines": ["classical"], "target": "population_size"},
        "  - classical",
        "models.baselines.0 is classical, but it needs windows of a fixed number of bases, and "
        "without encoding.pad they have a fixed number of sites: use mean, ridge, "
        "gradient_boosting",
    ),
    "classical estimator without its statistic": (
        {
            "models.baselines": ["classical"],
            "target": "history",
            "statistics": {"kinds": ["linkage"]},
        },
        "  - classical",
        "models.baselines.0 is classical, but statistics.kinds does not include sites, of which "
        "it uses one: use mean, logistic_regression, gradient_boosting",
    ),
    "loss of numbers for classes": (
        {"target": "history", "models.baselines": ["mean"], "training.loss": "gaussian"},
        "  loss:",
        "training.loss is for numbers, but the target history has classes: delete it",
    ),
    "weights of classes for numbers": (
        {"training.class_weights": "balanced"},
        "  class_weights:",
        "training.class_weights is for classes, but the target tajimas_d is a number: delete it",
    ),
    "statistics of populations alone": (
        {"statistics": {"kinds": ["populations"]}},
        "  kinds:",
        "statistics.kinds is populations alone, but simulation.samples has one population: add "
        "other statistics, or delete it",
    ),
    "nothing but warm-up": (
        {"training.warm_up": 20, "training.epochs": 20},
        "  warm_up:",
        "training.warm_up is 20, but there are 20 epochs in all: lower it",
    ),
    "thinned without padding": (
        {"training.augment": {"thin": 8}, "target": "population_size"},
        "    thin:",
        "training.augment.thin leaves fewer sites than the net reads: set encoding.pad to true, or "
        "delete it",
    ),
    "thinned to more than there are": (
        {"training.augment": {"thin": 20}, "target": "population_size"},
        "    thin:",
        "training.augment.thin is 20, but windows have 20 haplotypes: lower it",
    ),
    "thinned under a statistic": (
        {"training.augment": {"thin": 8}, "encoding.pad": True},
        "    thin:",
        "training.augment.thin changes the haplotypes, and tajimas_d is computed on them: "
        "delete it",
    ),
    "thinned for a net that takes one number": (
        {
            "training.augment": {"thin": 8},
            "encoding.pad": True,
            "target": "population_size",
        },
        "    thin:",
        "training.augment.thin is for nets that accept any number of haplotypes, not for "
        "flagel_tajimas_d: delete it",
    ),
    "flipped though folded": (
        {"training.augment": {"flip": 0.01}},
        "    flip:",
        "training.augment.flip is about ancestral alleles, which are not known: delete it, or set "
        "observation.polarised to true",
    ),
    "no errors to draw anew": (
        {"training.augment": {"errors": True}},
        "    errors:",
        "training.augment.errors is true, but observation has none: add some, or delete it",
    ),
    "errors that change the target": (
        {"training.augment": {"errors": True}, "observation.genotype_error": 0.01},
        "    errors:",
        "training.augment.errors changes which sites are seen, and tajimas_d is a statistic of "
        "these: delete it",
    ),
    "too few sites for a net": (
        {"models.nets": ["flagel_sweeps"], "encoding.sites": 31},
        "  sites:",
        "encoding.sites is 31, but flagel_sweeps needs 32 or more: raise it",
    ),
    "unknown net": (
        {"models.nets": ["flagel_tajimas_d", "spidnas"]},
        "  - spidnas",
        f"models.nets.1 is 'spidnas', but must be one of: {', '.join(NETS)}; did you mean spidna?",
    ),
    "padded windows of several lengths": (
        {
            "encoding.pad": True,
            "simulation.sequence_length": None,
            "simulation.grid.sequence_length": [10000, 20000],
        },
        "    sequence_length:",
        "simulation.grid.sequence_length has several values, but with encoding.pad windows have "
        "one length: give one in encoding.length, or set encoding.pad to false",
    ),
    "padded windows of half a base": (
        {"encoding.pad": True, "simulation.sequence_length": 20000.5},
        "  sequence_length:",
        "simulation.sequence_length is 20000.5, but with encoding.pad windows are whole bases "
        "long: round it, or give encoding.length",
    ),
    "padded windows longer than the simulated ones": (
        {
            "encoding.pad": True,
            "encoding.length": 10001,
            "simulation.sequence_length": None,
            "simulation.grid.sequence_length": [20000, 10000],
        },
        "  length:",
        "encoding.length is 10,001, but simulated windows have 10,000 bases: lower it, or raise "
        "simulation.sequence_length",
    ),
    "length of windows that are not padded": (
        {"encoding.length": 10000},
        "  length:",
        "encoding.length is for padded windows: delete it, or set encoding.pad to true",
    ),
    "seed of stretches that are not random": (
        {"encoding.seed": 5, "encoding.stretch": "first"},
        "  seed:",
        "encoding.seed is for random stretches, but encoding.stretch is first: delete it",
    ),
    "distances for a net that reads haplotypes alone": (
        {"models.nets": ["flagel_sweeps", "flagel_tajimas_d"], "encoding.positions": "both"},
        "  positions:",
        "encoding.positions is both, but flagel_tajimas_d does not read the positions of sites: "
        "delete it, or use only some of "
        + ", ".join(name for name, net in NETS.items() if net.reads_positions),
    ),
    "distances for a net that needs to know where sites lie": (
        {"models.nets": ["coalflow"], "encoding.positions": "distance"},
        "  positions:",
        "encoding.positions is distance, but coalflow needs the positions of sites in the "
        "window: make it position, or both",
    ),
    "rate of a simulated genome where the run has several": (
        {"simulation.mutation_rate": None, "simulation.grid.mutation_rate": [1.0e-8, 2.0e-8]},
        "    simulate:",
        "genomes.simulated.simulate.mutation_rate is missing: simulation has several values of it, "
        "so add one",
    ),
}


@pytest.mark.parametrize(("changes", "start", "message"), EDITS.values(), ids=list(EDITS))
def test_a_mistake_of_what_is_not_there(tmp_path, changes, start, message):
    text = dump(**changes)
    file = write(tmp_path, text)
    assert complaint(file) == f"{HEADER}  {file}:{line_of(text, start)}: {message}"
