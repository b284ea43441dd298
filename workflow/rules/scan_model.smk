# A genome scanned with a model alone: `snakemake scan --config model=net.zip genome=mine.vcf.gz`.
from coalflow.config.genomes.model_files import has_ancestry_file, list_model_files
from coalflow.config.genomes.model_scan_reading import read_model_scan, write_options

if workflow.overwrite_configfiles:
    sys.exit("error: --config model=... scans with that model alone: leave out --configfile")
try:
    SCAN = read_model_scan(config, "--config: {}".format)
except CoalflowError as error:
    sys.exit(explain_locale(f"error: {error}"))

RESULTS = str(SCAN.folder)


rule scan_genome:
    input:
        model=list_model_files(SCAN.model),
        genome=SCAN.genome,
        index=find_index(SCAN.genome),
        files=SCAN.list_files(),
    output:
        table=f"{RESULTS}/windows.tsv",
        bed=f"{RESULTS}/windows.bed",
        regions=f"{RESULTS}/regions.tsv",
        regions_bed=f"{RESULTS}/regions.bed",
        verdict=f"{RESULTS}/verdict.json",
        figure=f"{RESULTS}/scan.png",
        svg=f"{RESULTS}/scan.svg",
        observation=f"{RESULTS}/observation.json",
        options=f"{RESULTS}/options.json",
        page=f"{RESULTS}/report.html",
        pictures=[directory(f"{RESULTS}/pictures")] if SCAN.show else [],
        drawn=([directory(f"{RESULTS}/regions")] if SCAN.make_genome().has_region_pictures else []),
        # Where the model predicts ancestry at each base.
        painted=(
            [f"{RESULTS}/ancestry.{end}" for end in ("bed", "tsv", "png", "svg")]
            if has_ancestry_file(SCAN.model)
            else []
        ),
        exported=[directory(f"{RESULTS}/{format}") for format in SCAN.outputs or ()],
    log:
        f"{RESULTS}/logs/scan_genome.log",
    benchmark:
        f"{RESULTS}/benchmarks/scan_genome.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 8000 * attempt,
        runtime=lambda wildcards, attempt: 480 * attempt,
    params:
        program=program("scan_genome"),
        code=digest_program("scan_genome"),
        options=write_options(SCAN),
    message:
        "Scanning {input.genome}"
    shell:
        "python {params.program:q} {params.options:q} 2> {log:q}"
