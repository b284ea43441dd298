"""Tables of the simulations and of their splits."""

from coalflow.report.columns.table_files import (
    CELL,
    CLASSES,
    NUMBERS,
    REPLICATE,
    Column,
    TableFile,
)

HAPPENED = "where `gene_flow` is predicted, as it happened"
SITES = (
    Column("sites_min", "fewest segregating sites of a window"),
    Column("sites_mean", "mean number of segregating sites"),
    Column("sites_max", "most segregating sites of a window"),
)
AUDIT = (
    Column("cells_p", "p of a chi-squared test that the split has the same mix of cells"),
    Column("<name>_ks", "largest distance between the distribution here and that in training"),
    Column("<name>_p", "p of a Kolmogorov-Smirnov test that these distributions are the same"),
    Column("shared_replicates", "windows that are also in another split: should be 0"),
    Column("shared_seeds", "random seeds that are also in another split: should be 0"),
    Column(
        "shared_matrices", "windows whose alleles are, by chance, those of one in another split"
    ),
    Column(
        "in_held_out_regions",
        "windows that should have been held out: should be 0",
        only="with `evaluation.hold_out`",
    ),
)
DATASET = TableFile(
    "dataset.tsv",
    "each cell and split, then each split as a whole",
    (
        CELL,
        Column("split", "`train`, `validation`, `test`, `excluded` or `held_out`"),
        Column("replicates", "how many windows there are"),
        Column("too_few_sites", "windows that were left out for too few segregating sites"),
        Column("target_undefined", "windows that were left out since a target is undefined"),
        Column("padded", "windows with fewer sites than the models read"),
        Column("trimmed", "windows with more sites than the models read"),
        Column("refused_draws", "draws from priors that could not be simulated, and were repeated"),
        Column(
            "relabelled",
            "windows whose class is not the kind of gene flow that was simulated, since no "
            "lineage moved",
            only=HAPPENED,
        ),
        *SITES,
        Column("of_<class>", "windows of this class", only=CLASSES),
        Column("<target>_min", "lowest true value", only=NUMBERS),
        Column("<target>_mean", "mean of the true values", only=NUMBERS),
        Column("<target>_sd", "standard deviation of the true values", only=NUMBERS),
        Column("<target>_max", "highest true value", only=NUMBERS),
        *AUDIT,
    ),
)
PRIORS = TableFile(
    "priors.tsv",
    "each parameter that is drawn from a prior",
    (
        Column("parameter", "the parameter"),
        Column("drawn", "how many windows have it"),
        Column("realised_<share>", "the value below which this percentage of the draws is"),
        Column("stated_<share>", "the same of the prior in the config"),
        Column("p", "p of a Kolmogorov-Smirnov test that both are the same"),
    ),
    only="with `simulation.prior`",
)
SWEEPS = TableFile(
    "sweeps/<cell>.tsv",
    "each of the most extreme sweeps of a cell, tried before the cell is simulated",
    (
        Column("selection_coefficient", "s: fitnesses are 1, 1 + hs and 1 + s"),
        Column("start_frequency", "of the allele when selection on it began; `nan` of one copy"),
        Column("recurrent_mutation_rate", "at which the allele arises", only="of `recurrent`"),
        Column("end_frequency", "of the allele at the end", only="where it differs"),
        Column("fixation_time", "since the end of the sweep", "generations"),
        Column("2Ns", "strength of selection at that time"),
        Column("likely_duration", "as theory expects it", "generations"),
        Column("duration", "of the sweep that was simulated", "generations"),
        Column("origin", "when the allele arose", "generations ago"),
        Column("tries", "how many trajectories were drawn until one was as it should be"),
    ),
    only="of cells with a sweep",
)
SPLIT = TableFile(
    "split.parquet",
    "each simulated window",
    (
        CELL,
        Column("shard", "the file in `shards/<cell>/` in which it is"),
        Column("row", "where in that file, counted from 0"),
        REPLICATE,
        Column("seed", "that of its random numbers"),
        Column("split", "`train`, `validation`, `test`, `excluded` or `held_out`"),
        Column("reason", "why it was left out; empty if it was not"),
        Column("sites", "its segregating sites"),
        Column("refused_draws", "draws from priors that could not be simulated, and were repeated"),
        Column(
            "simulated_gene_flow",
            "the kind that was simulated, which its class need not be",
            only=HAPPENED,
        ),
        Column("<parameter>", "its scenario parameters, and its true targets"),
    ),
)
STATISTICS = TableFile(
    "statistics.parquet",
    "each window that is not left out: the summary statistics that baselines see",
    (
        CELL,
        REPLICATE,
        Column(
            "sites_with_<number>_copies", "sites whose rarer or derived allele has that many copies"
        ),
        Column(
            "r2_within_1_of_<number>",
            "mean r² of pairs of sites closer than that part of the window",
        ),
        Column(
            "<statistic>_<number>_of_<number>",
            "the statistic in one of several parts of the window",
        ),
        Column(
            "<statistic>_of_<population>",
            "the statistic of one population, or of several joined by `_and_`",
            only="with several populations",
        ),
        Column("window:sites", "segregating sites of the window"),
        Column("window:gap", "longest stretch without a site, as a share of the window"),
        Column("window:reach", "from the first to the last site, as a share of the window"),
        Column("window:missing", "share of alleles that are missing"),
        Column(
            "<statistic>",
            "a summary statistic of the window, as `statistics` in the config names it",
        ),
    ),
)
FILES = (DATASET, PRIORS, SWEEPS, SPLIT, STATISTICS)
