"""Words that a population geneticist may not know: for the report, and for docs/glossary.md."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Term:
    """A word and what it means.

    Attributes
    ----------
    name : str
    meaning : str
        One or two sentences.
    page : str
        The page of the docs that has more; empty without one.
    """

    name: str
    meaning: str
    page: str = ""


TERMS = (
    Term(
        "accuracy",
        "The share of windows whose most probable class is the true one.",
    ),
    Term(
        "activation",
        "The number that a unit of a net has for a given window.",
        "interpretation.md",
    ),
    Term(
        "baseline",
        "A simple model next to the nets: estimators from theory, or regression or trees on "
        "summary statistics. A net that does not beat it is not worth its trouble.",
    ),
    Term(
        "bias",
        "The mean of predicted less true values: how far a model is off in one direction.",
        "where_it_fails.md",
    ),
    Term(
        "calibration",
        "Correcting what a model says of its own certainty, with validation windows, so that of "
        "the windows called with 80 % probability, 80 % are right.",
        "how_sure.md",
    ),
    Term(
        "calibration error",
        "By how much stated probabilities differ from the share that is right, on average.",
        "how_sure.md",
    ),
    Term(
        "cell",
        "One combination of the values in the grid, such as hard sweeps under a bottleneck. All "
        "windows of a cell are simulated alike, but for what is drawn from priors.",
        "simulations.md",
    ),
    Term(
        "CKA",
        "Centred kernel alignment: how similar two layers are as a whole, from 0 to 1, whichever "
        "of their units does what (Kornblith et al. 2019).",
        "interpretation.md",
    ),
    Term(
        "class",
        "One of the possible answers where the target is not a number, such as neutral or hard.",
    ),
    Term(
        "conformal",
        "A way to make intervals or sets of classes that hold the truth as often as they state, "
        "whatever the model, by looking at its errors on validation windows.",
        "how_sure.md",
    ),
    Term(
        "confusing window",
        "A test window on which a model is far off, or can hardly decide.",
        "where_it_fails.md",
    ),
    Term(
        "dropout",
        "Switching off units at random during training, so that a net does not rely on any one. "
        "It makes the loss on training windows look larger than that on validation windows.",
    ),
    Term(
        "encoding",
        "How the haplotypes and positions of a window become the numbers that a net reads.",
    ),
    Term(
        "ensemble",
        "Several trainings of the same net, whose predictions are averaged. It is usually better "
        "than any of them, and shows how much depends on chance in training.",
    ),
    Term("epoch", "One pass of training through all training windows."),
    Term(
        "false discovery rate (FDR)",
        "The share of regions reported as found that are expected to be there by chance: at 5 %, "
        "one in twenty.",
        "how_sure.md",
    ),
    Term(
        "flag",
        "A reason not to rely on a window: a gap, few sites, much missing data, novelty.",
        "genomes.md",
    ),
    Term(
        "grid",
        "Scenario parameters with listed values; every combination is simulated.",
        "simulations.md",
    ),
    Term(
        "hold-out",
        "Windows with certain parameters that no model is trained on, to see how models do between "
        "and beyond what they know.",
        "where_it_fails.md",
    ),
    Term(
        "interval (90 %)",
        "From which value to which the true one is, in nine windows of ten.",
        "how_sure.md",
    ),
    Term(
        "layer",
        "A step of a net: it takes the numbers of the layer before and makes new ones of them.",
        "interpretation.md",
    ),
    Term(
        "log loss",
        "The mean negative logarithm of the probability that a model gave to the true class. Lower "
        "is better; to be sure and wrong costs most.",
    ),
    Term(
        "loss",
        "What training makes as small as possible: squared error, or log loss.",
    ),
    Term(
        "net",
        "A function with thousands of weights that are adjusted until it predicts the targets of "
        "simulated windows from their alleles.",
        "nets.md",
    ),
    Term(
        "novelty",
        "How unlike all simulated windows a window is, as a p-value. A novel window is one that no "
        "model has learned about: do not rely on its prediction.",
        "how_sure.md",
    ),
    Term(
        "null",
        "Neutral simulations of the same history and observation, scanned like a genome. They show "
        "what chance makes.",
        "how_sure.md",
    ),
    Term(
        "observation",
        "What sequencing leaves of the truth: missing genotypes, errors, lost phase, masks. It is "
        "applied to simulations so that they resemble the data.",
        "observation.md",
    ),
    Term(
        "overfitting",
        "Memorising training windows. The loss on validation windows then rises while that on "
        "training windows still falls.",
    ),
    Term(
        "p (of a window or region)",
        "The share of null windows with such a score or a higher one.",
        "how_sure.md",
    ),
    Term(
        "phased, polarised",
        "Phased: it is known which alleles lie on the same haplotype. Polarised: it is known which "
        "allele is ancestral.",
        "observation.md",
    ),
    Term(
        "precision",
        "Of the windows assigned to a class, the share that belongs to it.",
    ),
    Term(
        "prior",
        "The distribution from which a parameter is drawn afresh for every simulated window.",
        "simulations.md",
    ),
    Term(
        "probe",
        "A regression that tries to read a statistic off a layer: does the layer hold it?",
        "interpretation.md",
    ),
    Term(
        "q",
        "The false discovery rate of a region and all that are more surprising.",
        "how_sure.md",
    ),
    Term(
        "question (region in)",
        "A region as significant as those that are found, but novel or flagged in its peak: it "
        "may be an artefact.",
        "how_sure.md",
    ),
    Term(
        "R²",
        "The share of the variance between windows that predictions explain: 1 is perfect, 0 is no "
        "better than always predicting the mean.",
    ),
    Term("recall", "Of the windows of a class, the share that is assigned to it."),
    Term(
        "region",
        "Adjacent windows of a genome that are all unlike the null.",
        "how_sure.md",
    ),
    Term(
        "replicate",
        "One simulated window, with its truth.",
    ),
    Term(
        "restart",
        "A training of a net from other random weights. Several of them show how much is chance.",
    ),
    Term(
        "RMSE",
        "Root mean squared error: a typical distance of predicted from true values, in their unit.",
    ),
    Term(
        "ROC curve",
        "The share of true positives against that of false positives, at every threshold. The area "
        "under it is 1 for perfect separation, 0.5 for guessing.",
    ),
    Term(
        "saliency",
        "What each part of a window adds to a prediction.",
        "interpretation.md",
    ),
    Term(
        "set (90 %)",
        "The classes that are not ruled out for a window; it has the true one in nine of ten.",
        "how_sure.md",
    ),
    Term("target", "What is predicted: a number, or one of several classes.", "targets.md"),
    Term(
        "training, validation and test windows",
        "Models learn from the first; the second decide when to stop, which model is best, and "
        "calibration; the third are used once, for the scores.",
    ),
    Term(
        "window",
        "A stretch of the genome that is predicted as a whole: a number of bases, or of sites.",
    ),
)


def explain_term(name: str) -> str:
    """Return what a word means.

    Parameters
    ----------
    name : str
        As in :data:`TERMS`.

    Raises
    ------
    KeyError
        If it is not explained.
    """
    return {term.name: term.meaning for term in TERMS}[name]
