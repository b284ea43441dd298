# coalflow, for Snakemake that is started in this folder. The workflow is in workflow/Snakefile.
include: "workflow/Snakefile"


workflow.default_target = DEFAULT_TARGET
