"""Tables of how nets were trained, and of what is inside them."""

from coalflow.report.columns.table_files import (
    CI_HIGH,
    CI_LOW,
    CLASSES,
    ENSEMBLES,
    KIND,
    METRIC,
    MODEL,
    NUMBERS,
    TARGET,
    WINDOWS,
    Column,
    TableFile,
)

HISTORY = TableFile(
    "models/<net>/<restart>/history.tsv",
    "each epoch of a training",
    (
        Column("epoch", "counted from 1"),
        Column("loss", "mean loss on training windows, with dropout"),
        Column("val_loss", "loss on validation windows"),
        Column("val_rmse:<target>", "error on validation windows", only=NUMBERS),
        Column(
            "val_accuracy", "share of validation windows that are assigned correctly", only=CLASSES
        ),
    ),
)
PROBES = TableFile(
    "probes.tsv",
    "each net, layer and statistic",
    (
        Column("net", "the net"),
        Column("layer", "`input` is what the net is given, `output` what it predicts"),
        Column("numbers", "how many numbers of the layer the probe reads"),
        Column("statistic", "what is looked for"),
        Column("windows", "in how many windows it is defined"),
        Column("r2", "the share of its variance that the layer predicts"),
        Column("r2_low", "lower end of the 95 % interval of that"),
        Column("r2_high", "upper end of that interval"),
        Column("r2_shuffled", "the same for values shuffled among windows: what chance makes"),
        Column("r2_untrained", "the same of this layer in a net with random weights"),
        Column("r2_input", "the same of what the net is given"),
    ),
)
PERMUTATIONS = TableFile(
    "permutations.tsv",
    "each model and kind of information that is shuffled",
    (
        MODEL,
        KIND,
        Column("shuffled", "what is shuffled in the test windows"),
        WINDOWS,
        TARGET,
        METRIC,
        Column("score", "with windows as they are"),
        Column("score_shuffled", "with shuffled windows"),
        Column("difference", "by how much that is worse"),
        CI_LOW,
        CI_HIGH,
        Column("changed", "by how much predictions change on average"),
        Column("verdict", "`used` if the model is worse without it, or `no difference`"),
    ),
)
SALIENCY = TableFile(
    "saliency.tsv",
    "each model, method and part of the window or frequency of sites",
    (
        MODEL,
        KIND,
        Column("method", "`occlusion` or `integrated gradients`"),
        Column("target", "the target, or the class of the windows"),
        Column("by", "`part of the window` or frequency"),
        Column("where", "the part's middle as a share of the window, or the frequency"),
        WINDOWS,
        Column("added", "what it adds to the prediction on average"),
        Column("size", "the same without signs"),
        Column("share", "that as a share of all parts"),
    ),
)
SALIENCY_PEAKS = TableFile(
    "saliency_peaks.tsv",
    "each model, method and kind of sweep: whether models look at the selected site",
    (
        MODEL,
        KIND,
        Column("method", "`occlusion` or `integrated gradients`"),
        Column("target", "the class of the windows"),
        WINDOWS,
        Column("share_at_site", "the share that is in the part with the selected site"),
        Column("share_expected", "what it would be if all parts were alike"),
        Column("share_neutral", "the same part in neutral windows"),
        Column("p", "p of no difference from other parts"),
    ),
)
RESTARTS = TableFile(
    "restarts_<net>.tsv",
    "each pair of trainings of a net, and each layer",
    (
        Column("net", "the net"),
        Column("restart_a", "one training"),
        Column("restart_b", "the other"),
        Column("layer", "the layer"),
        WINDOWS,
        Column("units_answering_a", "how many units of the first are not always 0"),
        Column("units_answering_b", "how many of the other"),
        Column("prediction_r", "correlation of what both predict"),
        Column("same_class", "share of windows that both assign to the same class", only=CLASSES),
        Column("same_unit_r", "mean correlation of units with the same number"),
        Column("best_match_r", "mean correlation of each unit with the most similar of the other"),
        Column("cka", "similarity of what the layers hold as a whole; 1 is the same"),
    ),
    only=ENSEMBLES,
)
FILES = (HISTORY, PROBES, PERMUTATIONS, SALIENCY, SALIENCY_PEAKS, RESTARTS)
