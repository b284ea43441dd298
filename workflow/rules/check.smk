# A look ahead, before anything is simulated for good: `snakemake check`.


rule check:
    input:
        [file_of(genome) for genome in config["genomes"]],
        scenario_files(),
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
        settings=lambda wildcards: settings(
            "check",
            config=config,
            graph=GRAPH,
            limits=limits(SCHEMA),
            map=MAP,
            **SAMPLED,
            trees=OF_TREES,
            imports={cell: import_of(cell) for cell in CELLS} if IMPORTED else None,
            genomes={
                genome: {"path": file_of(genome), **genome_options(genome)}
                for genome in config["genomes"]
            },
            cores=workflow.cores or os.cpu_count(),
        ),
    shell:
        "python {params.program:q} --observation {input.observation[0]:q}"
        " --settings {params.settings:q} --output {params.folder:q} 2>&1 | tee {log:q}"
