"""Tables of genomes that are scanned."""

from coalflow.report.columns.table_files import (
    CLASSES,
    CONTIG,
    END,
    ENSEMBLES,
    NUMBERS,
    START,
    Column,
    TableFile,
)

NULL = "with a null"
PREDICTED = (
    Column(
        "computed:<target>", "the target, computed on the window", only="for statistics of sites"
    ),
    Column("<model>", "the most probable class", only=CLASSES),
    Column("<model>:<target>", "what the model predicts: a number, or a class's probability"),
    Column("<model>:set", "the classes that are not ruled out, joined by `|`", only=CLASSES),
    Column("<model>:<target>:low", "lower end of the 90 % interval", only=NUMBERS),
    Column("<model>:<target>:high", "upper end of the 90 % interval", only=NUMBERS),
    Column(
        "<model>:<target>:spread",
        "standard deviation between trainings, or between draws of individuals",
        only=ENSEMBLES,
    ),
    Column("<model>:<class>:posterior", "probability by `class_prior`", only="with `class_prior`"),
    Column("<model>:<score>:p", "share of null windows with such a score or more", only=NULL),
)
SEEN = (
    CONTIG,
    START,
    END,
    Column("name", "of your own window", only="where they have names"),
    Column("length", "from start to end", "bases"),
    Column("sites", "usable segregating sites"),
    Column("accessible", "share of the bases within the mask; 1 without one"),
    Column("missing", "share of alleles that are not called at the sites that models see"),
    Column("flags", "why not to rely on the window; empty if nothing is odd"),
    Column("novelty", "share of simulated windows that are as unlike the training windows"),
    Column("furthest", "the statistic in which it is furthest from training windows"),
    Column("statistic:<statistic>", "of the sites that models see; sums are per accessible base"),
)
WINDOWS_TABLE = TableFile(
    "genomes/<name>/windows.tsv",
    "each window of a genome",
    (
        *SEEN,
        *PREDICTED,
        Column("<model>:<score>:q", "false discovery rate of all windows up to this p", only=NULL),
        Column(
            "<model>:<score>:region_p",
            "the same p for the mean of the window and its neighbours, which makes regions",
            only=NULL,
        ),
    ),
)
SCANNED = TableFile(
    "genomes/<name>/scanned/<part>.parquet",
    "each window of a part of a genome; not needed when all is done",
    (*SEEN, *PREDICTED, Column("measured:<statistic>", "by which novelty is judged", only=NULL)),
)
REGIONS = TableFile(
    "genomes/<name>/regions.tsv",
    "each region that is unlike the null, the least expected first",
    (
        CONTIG,
        START,
        END,
        Column("length", "of the region", "bases"),
        Column("peak_start", "start of the window with the lowest p", "bases", only=NULL),
        Column("peak_end", "end of that window", "bases", only=NULL),
        Column("windows", "windows of the region that are as surprising as asked for", only=NULL),
        Column("class", "the most probable class in the peak", only=CLASSES),
        Column("value", "the prediction in the peak", only=NUMBERS),
        Column(
            "best_model",
            "the model that made the region: the best on validation windows",
            only=NULL,
        ),
        Column("score", "mean score of the peak and its neighbours", only=NULL),
        Column("p", "share of null windows with such a peak or a higher one", only=NULL),
        Column("p_low", "lower end of the 95 % interval of p", only=NULL),
        Column("p_high", "upper end of that interval", only=NULL),
        Column(
            "expected", "such regions that a neutral genome of this size has by chance", only=NULL
        ),
        Column("expected_low", "lower end of the 95 % interval of that", only=NULL),
        Column("expected_high", "upper end of that interval", only=NULL),
        Column("q", "false discovery rate of this region and all better ones", only=NULL),
        Column("family_wise_p", "probability that a neutral genome has any such region", only=NULL),
        Column(
            "novelty", "p of the peak's novelty: how often a simulated window is as odd", only=NULL
        ),
        Column("furthest", "the statistic of the peak that is furthest out", only=NULL),
        Column("flags", "those of the peak", only=NULL),
        Column("agree", "how many of all models find the peak surprising, too", only=NULL),
        Column("genes", "genes that the region overlaps", only=NULL),
        Column("nearest_gene", "the nearest gene", only=NULL),
        Column("nearest_distance", "how far that is", "bases", only=NULL),
        Column("verdict", "`found`, `question` (novel or flagged) or `not significant`", only=NULL),
    ),
)
PICTURES = TableFile(
    "genomes/<name>/regions/pictures.tsv",
    "each region that has a picture",
    (
        Column("picture", "the file"),
        CONTIG,
        START,
        END,
        Column("verdict", "as in `regions.tsv`, or that the user named the region"),
        Column("words", "what is known of it"),
    ),
)
TRUTH = TableFile(
    "genomes/<name>/truth.tsv",
    "each sweep in a genome that the run simulates",
    (
        CONTIG,
        Column("position", "of the selected site", "bases"),
        Column("kind", "of sweep"),
        Column("population", "in which it is selected"),
        Column("selection_coefficient", "s: fitnesses are 1, 1 + hs and 1 + s"),
        Column("dominance", "h"),
        Column("start_frequency", "of the allele when selection on it began"),
        Column("end_frequency", "of the allele at the end of the sweep"),
        Column("recurrent_mutation_rate", "at which the allele arises"),
        Column("fixation_time", "when the sweep ended", "generations ago"),
        Column("selection_began", "when selection began", "generations ago"),
        Column("origin", "when the allele arose", "generations ago"),
        Column("frequency", "of the allele in the sample"),
        Column(
            "founders", "copies of the allele, when selection began, of which the sample descends"
        ),
    ),
    only="for genomes that the run simulates",
)
FILES = (WINDOWS_TABLE, SCANNED, REGIONS, PICTURES, TRUTH)
