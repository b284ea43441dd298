"""What the columns ``split`` and ``reason`` of the table of splits may hold."""

SPLITS = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = SPLITS
EXCLUDED = "excluded"
HELD_OUT = "held_out"  # by the config: never trained on, nor used for any choice
IN_HELD_OUT = "in_held_out_regions"  # the column of the audit
ALL = "all cells"  # in tables by cell
TOO_FEW_SITES = "too few sites"
TARGET_UNDEFINED = "target undefined"
# The column of the kinds that were simulated, where the class is the gene flow that happened.
SIMULATED_GENE_FLOW = "simulated_gene_flow"
