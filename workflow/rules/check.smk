# A look ahead, before the run is simulated: `snakemake check`.

GENOME_PATHS = {genome: genome_path(genome) for genome in CONFIG.genomes}


rule check:
    input:
        list(GENOME_PATHS.values()),
        SCENARIO_FILES,
        [genome.sexes for genome in CONFIG.genomes.values() if genome.sexes],
        observation=OBSERVED,
    # No output: it runs whenever it is requested, since its times are those of this machine,
    # and no other rule uses what it writes.
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
    message:
        "Looking ahead: simulating a few windows and reading the genomes"
    shell:
        "python {params.program:q} --observation {input.observation[0]:q}"
        " --settings {params.settings:q} --output {params.folder:q} 2>&1 | tee {log:q}"
