# coalflow: from coalescent simulations to nets that read real genomes.
# The rules are in workflow/rules, in the order of the analysis; each runs a program in scripts/.
from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/start.smk"


# `snakemake scan --config model=net.zip genome=mine.vcf.gz` needs no run.
if "model" in config.keys() & workflow.config_settings.config.keys():

    include: "workflow/rules/scan_model.smk"

    rule scan:
        default_target: True
        input:
            rules.scan_genome.output,

else:

    # --configfile replaces the quickstart's config; several are merged.
    if not workflow.overwrite_configfiles:

        configfile: "config/config.yaml"

    include: "workflow/rules/common.smk"

    if IMPORTED:

        include: "workflow/rules/import.smk"

    else:

        include: "workflow/rules/simulate.smk"
    include: "workflow/rules/observe.smk"
    include: "workflow/rules/genomes.smk"
    include: "workflow/rules/split.smk"
    include: "workflow/rules/train.smk"
    include: "workflow/rules/evaluate.smk"
    include: "workflow/rules/reference.smk"
    include: "workflow/rules/package.smk"
    include: "workflow/rules/explain.smk"
    include: "workflow/rules/interpret.smk"
    include: "workflow/rules/scan.smk"
    include: "workflow/rules/report.smk"
    include: "workflow/rules/check.smk"
    include: "workflow/rules/learning_curve.smk"
    include: "workflow/rules/search.smk"
    include: "workflow/rules/power.smk"
    include: "workflow/rules/robustness.smk"

    rule all:
        default_target: True
        input:
            f"{RESULTS}/report.html",
            exported_scans(),


# Remove what programs had begun to write when they were killed.
onstart:
    try:
        refuse_unwritable(RESULTS)
    except CoalflowError as error:
        sys.exit(f"error: {error}")
    remove_unfinished(RESULTS)
    # Jobs of a cluster are waited for, as Snakemake does at SIGTERM.
    if workflow.local_exec:
        watch_signals()


onsuccess:
    # Only trainings share them, and all are done.
    shutil.rmtree(f"{RESULTS}/first_layers", ignore_errors=True)
    if os.path.exists(f"{RESULTS}/report.html"):
        logger.info(f"The report is {RESULTS}/report.html", extra={"event": LogEvent.RUN_INFO})


# On a full disk, even the logs are empty.
onerror:
    left = shutil.disk_usage(RESULTS if os.path.exists(RESULTS) else ".").free
    if left < 1e7:
        print(
            f"error: the disk of {RESULTS} is full: {left / 1e6:.1f} MB are left. Make room and start "
            "Snakemake again: what is done is kept",
            file=sys.stderr,
        )
