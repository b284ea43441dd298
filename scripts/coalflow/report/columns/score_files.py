"""Tables of how good models are, overall and in parts."""

from coalflow.report.columns.table_files import (
    CELL,
    CI_HIGH,
    CI_LOW,
    CLASSES,
    ENSEMBLES,
    FROM,
    GROUP,
    KIND,
    METRIC,
    MODEL,
    NUMBERS,
    PART,
    REPLICATE,
    RESTART,
    STAGE,
    TARGET,
    TO,
    WINDOWS,
    Column,
    TableFile,
)

SCORES = (
    MODEL,
    KIND,
    RESTART,
    Column("split", "of which windows: `test`"),
    TARGET,
    METRIC,
    Column("value", "the score"),
    CI_LOW,
    CI_HIGH,
    Column("n", "how many windows it is of"),
    Column("sd_of_restarts", "standard deviation of the score between trainings of the same net"),
)
METRICS = TableFile("metrics.tsv", "each model, target and metric, on test windows", SCORES)
METRICS_BY_CELL = TableFile("metrics_by_cell.tsv", "the same for each cell", (CELL, *SCORES))
VALIDATION = TableFile(
    "validation.tsv",
    "each model, target and metric, on validation windows: what models are chosen by",
    (MODEL, KIND, RESTART, TARGET, METRIC, Column("value", "the score")),
)
COMPARISONS = TableFile(
    "comparisons.tsv",
    "each net and metric, against the best baseline, on the same test windows",
    (
        Column("net", "the net"),
        Column("baseline", "the baseline that is best on validation windows"),
        TARGET,
        METRIC,
        Column("difference", "score of the net less that of the baseline"),
        CI_LOW,
        CI_HIGH,
        Column("verdict", "`better`, `worse`, or `cannot tell` where the interval has 0 in it"),
    ),
)
PREDICTED = (
    CELL,
    REPLICATE,
    Column("truth", "the true class", only=CLASSES),
    Column("truth:<target>", "the true value", only=NUMBERS),
    Column("<model>", "the most probable class", only=CLASSES),
    Column("<model>:<target>", "what the model predicts: a number, or a class's probability"),
    Column("<model>:set", "the classes that are not ruled out, joined by `|`", only=CLASSES),
    Column("<model>:<target>:low", "lower end of the 90 % interval", only=NUMBERS),
    Column("<model>:<target>:high", "upper end of the 90 % interval", only=NUMBERS),
    Column("<model>:<target>:spread", "standard deviation between trainings", only=ENSEMBLES),
)
KNOWN = (
    Column("parameter:<parameter>", "a scenario parameter of the window"),
    Column("statistic:<statistic>", "a summary statistic of the window"),
)
PREDICTIONS = TableFile("predictions.parquet", "each test window", (*PREDICTED, *KNOWN))
VALIDATION_PREDICTIONS = TableFile(
    "validation_predictions.parquet", "each validation window", (*PREDICTED, *KNOWN)
)
HELD_OUT_PREDICTIONS = TableFile(
    "held_out_predictions.parquet",
    "each window that was held out",
    (*PREDICTED, *KNOWN),
    only="with `evaluation.hold_out`",
)
CONFUSION = TableFile(
    "confusion.tsv",
    "each model, true class and predicted class",
    (
        MODEL,
        Column("true_class", "the true class"),
        Column("predicted_class", "the most probable class"),
        Column("count", "how many test windows"),
        Column("fraction", "that, as a share of the windows of the true class"),
    ),
    only=CLASSES,
)
COVERAGE = TableFile(
    "coverage.tsv",
    "each model, target, level and part of the test windows: how often intervals or sets hold",
    (
        MODEL,
        TARGET,
        STAGE,
        Column("kind", "`set`, `interval`, `quantile` or `rank`: what should hold"),
        Column("level", "the share that should hold"),
        GROUP,
        PART,
        FROM,
        TO,
        WINDOWS,
        Column("share", "the share of windows in which it does hold"),
        CI_LOW,
        CI_HIGH,
        Column("expected_low", "lower end of where the share is by chance in 95 % of repetitions"),
        Column("expected_high", "upper end of that"),
        Column("size", "mean number of classes in a set, or mean length of an interval"),
        Column("p", "p of a test that ranks are uniform"),
    ),
)
CALIBRATION = TableFile(
    "calibration.tsv",
    "each model, stage and bin of predicted probabilities",
    (
        MODEL,
        STAGE,
        Column("from", "lowest probability in the bin"),
        Column("to", "highest probability in the bin"),
        WINDOWS,
        Column("mean_probability", "mean probability of the predicted class"),
        Column("accuracy", "the share of the windows that are assigned correctly"),
    ),
    only=CLASSES,
)
CALIBRATION_ERROR = TableFile(
    "calibration_error.tsv",
    "each model, stage and part of the test windows",
    (
        MODEL,
        STAGE,
        GROUP,
        PART,
        FROM,
        TO,
        WINDOWS,
        Column("ece", "by how much probabilities are off on average, less what chance makes"),
        CI_LOW,
        CI_HIGH,
        Column("plain", "the same with what chance makes"),
        Column("by_chance", "what chance makes of perfect probabilities"),
        Column("bins", "into how many bins windows were divided"),
        Column("mean_probability", "mean probability of the predicted class"),
        Column("share_right", "the share of the windows that are assigned correctly"),
    ),
    only=CLASSES,
)
ERRORS_BY_PARAMETER = TableFile(
    "errors_by_parameter.tsv",
    "each model, target, measure and part of the test windows",
    (
        MODEL,
        KIND,
        TARGET,
        GROUP,
        PART,
        FROM,
        TO,
        WINDOWS,
        Column(
            "measure", "`bias` (mean error), `spread` (its sd), `rmse`, `accuracy` or `log_loss`"
        ),
        Column("value", "its value"),
        CI_LOW,
        CI_HIGH,
    ),
)
WHERE_IT_FAILS = TableFile(
    "where_it_fails.tsv",
    "each region of one or two parameters in which the best net may be worse than elsewhere",
    (
        TARGET,
        Column("rank", "of the region, the worst first"),
        Column("region", "the region, in words"),
        WINDOWS,
        MODEL,
        KIND,
        Column("measure", "as in `errors_by_parameter.tsv`"),
        Column("value", "in the region"),
        CI_LOW,
        CI_HIGH,
        Column("elsewhere", "the same in all other test windows"),
        Column("p", "p of no difference, corrected for the number of regions"),
        Column("verdict", "`worse` if the net is worse there by more than chance explains"),
    ),
)
CONFUSING = TableFile(
    "confusing.tsv",
    "the test windows that confuse the best net most",
    (
        Column("kind", "`largest_error`, `wrong`, `uncertain` or `disagreement`"),
        Column("rank", "the most confusing first"),
        Column("score", "by which they are ranked"),
        *PREDICTED,
        Column(
            "nearest:<which>", "a training window with similar statistics; of a class, its nearest"
        ),
        Column("distance:<which>", "how far that is, in standard deviations of training windows"),
    ),
)
CURVES = TableFile(
    "curves.tsv",
    "each point of the curves of a model and class",
    (
        MODEL,
        KIND,
        Column("class", "against all others"),
        Column("curve", "`roc` or `precision_recall`"),
        Column("x", "rate of false positives, or recall"),
        Column("y", "rate of true positives, or precision"),
        Column("threshold", "the probability at which windows are called"),
    ),
    only=CLASSES,
)
CURVE_AREAS = TableFile(
    "curve_areas.tsv",
    "each model, class and kind of curve",
    (
        MODEL,
        KIND,
        Column("class", "against all others"),
        WINDOWS,
        Column("of_class", "how many of them are of the class"),
        Column("measure", "`roc_auc`, the area under the curve, or `average_precision`"),
        Column("value", "its value"),
        CI_LOW,
        CI_HIGH,
        Column("by_chance", "its value for random guessing"),
    ),
    only=CLASSES,
)
WINDOW_POWER = TableFile(
    "window_power.tsv",
    "each model, rate of false positives and part of the test windows",
    (
        MODEL,
        KIND,
        Column("rate", "the rate of false positives, set on neutral validation windows"),
        Column("threshold", "the probability from which windows are called"),
        Column("null_windows", "neutral validation windows"),
        Column("class", "true class; `all` for all that are not neutral"),
        GROUP,
        PART,
        FROM,
        TO,
        WINDOWS,
        Column("called", "how many of them are called"),
        Column("share", "that as a share"),
        CI_LOW,
        CI_HIGH,
    ),
    only="where one of the classes is neutral",
)
HOLD_OUT = TableFile(
    "hold_out.tsv",
    "each model, measure and part of the windows inside, between and beyond what was trained",
    (
        TARGET,
        MODEL,
        KIND,
        Column("where", "`inside`, `between` or `beyond` the windows in training"),
        GROUP,
        PART,
        FROM,
        TO,
        WINDOWS,
        Column("measure", "as in `errors_by_parameter.tsv`, and `coverage`"),
        Column("value", "its value"),
        CI_LOW,
        CI_HIGH,
    ),
    only="with `evaluation.hold_out`",
)
FILES = (
    METRICS,
    METRICS_BY_CELL,
    VALIDATION,
    COMPARISONS,
    PREDICTIONS,
    VALIDATION_PREDICTIONS,
    HELD_OUT_PREDICTIONS,
    CONFUSION,
    COVERAGE,
    CALIBRATION,
    CALIBRATION_ERROR,
    ERRORS_BY_PARAMETER,
    WHERE_IT_FAILS,
    CONFUSING,
    CURVES,
    CURVE_AREAS,
    WINDOW_POWER,
    HOLD_OUT,
)
