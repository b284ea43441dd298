"""Tables of how well the ancestry of each haplotype is predicted at each base."""

from coalflow.report.columns.table_files import (
    CI_HIGH,
    CI_LOW,
    METRIC,
    MODEL,
    Column,
    TableFile,
)

ONLY = "where ancestry is predicted"
SHARES = (
    Column("individual", "its name in the file"),
    Column("haplotype", "which of its haplotypes, counted from 1; empty without phase"),
    Column("population", "the population of the target"),
    Column("bases", "how many are painted"),
    Column("expected_share", "mean probability of these bases"),
    Column("called_share", "the share of these bases that is in segments"),
    Column("segments", "how many there are"),
    Column("draws", "with several draws of individuals, in how many of them it is painted"),
)
FILES = (
    TableFile(
        "genomes/<name>/ancestry.tsv",
        "each haplotype, or individual where the phase is not known",
        SHARES,
        ONLY,
    ),
    TableFile(
        "genomes/<name>/ancestry_judged.tsv",
        "each metric of a simulated genome, as in `ancestry_scores.tsv`; none of other genomes",
        (METRIC, Column("value", "the score")),
        ONLY,
    ),
    TableFile(
        "ancestry_scores.tsv",
        "each model and metric: how well it finds introgressed bases of test windows",
        (
            MODEL,
            Column(
                "metric",
                "`average_precision`; `precision`, `recall` and `f1` of the bases that are called; "
                "`segment_precision`, `segment_recall` and `segment_f1` of segments, of which half "
                "must be right; `log_loss`; `calibration_error`",
            ),
            Column("value", "the score"),
            CI_LOW,
            CI_HIGH,
            Column("n", "how many windows it is of"),
        ),
        ONLY,
    ),
    TableFile(
        "ancestry_comparisons.tsv",
        "each other model and metric: how it compares with the baseline that is best in validation",
        (
            MODEL,
            Column("baseline", "name of the baseline"),
            METRIC,
            Column("difference", "score of the model less that of the baseline"),
            CI_LOW,
            CI_HIGH,
        ),
        ONLY,
    ),
    TableFile(
        "ancestry_curves.tsv",
        "each model and points of its curve of precision and recall",
        (
            MODEL,
            Column("probability", "calibrated: bases from it upwards are called"),
            Column("precision", "the share of called bases that are introgressed"),
            Column("recall", "the share of introgressed bases that are called"),
        ),
        ONLY,
    ),
    TableFile(
        "ancestry_calibration.tsv",
        "each model and tenth of predicted probability",
        (
            MODEL,
            Column("share_of_bases", "how many of all bases have such a probability"),
            Column("predicted", "their mean predicted probability"),
            Column("true", "the share of them that is introgressed"),
        ),
        ONLY,
    ),
)
