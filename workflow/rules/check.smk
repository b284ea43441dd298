# A look ahead, before anything is simulated for good: `snakemake check`.

GENOME_PATHS = {genome: genome_path(genome) for genome in CONFIG.genomes}


rule check:
    input:
        list(GENOME_PATHS.values()),
        SCENARIO_FILES,
        observation=OBSERVED,
    # No output: it is made anew whenever it is asked for, since times are those of this
    # machine, and no other rule takes what it writes for done.
    log:
        f"{RESULTS}/logs/check.log",
    conda:
        "../../envs/check.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        program=program("check"),
        folder=f"{RESULTS}/check",
        settings=lambda wildcards: settings_text(
            "check", MAKER.check(GENOME_PATHS, workflow.cores or os.cpu_count())
        ),
    shell:
        "python {params.program:q} --observation {input.observation[0]:q}"
        " --settings {params.settings:q} --output {params.folder:q} 2>&1 | tee {log:q}"
