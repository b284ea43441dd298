# A look ahead, before the run is simulated: `snakemake check`.


rule check:
    input:
        SCENARIO_FILES,
        stores_of_genomes,
        lists_of_genomes,
        plans=[f"{RESULTS}/genomes/{genome}/plan.json" for genome in CONFIG.genomes],
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
        genomes=lambda wildcards, input: within("genomes", input.observation),
        settings=lambda wildcards: settings_text(
            "check", MAKER.check(workflow.cores or os.cpu_count())
        ),
    message:
        "Looking ahead: simulating a few windows, which are compared with the genomes"
    shell:
        "python {params.program:q} --observation {input.observation[0]:q}"
        " --genomes {params.genomes:q} --settings {params.settings:q} --output {params.folder:q} 2>&1 | tee {log:q}"
