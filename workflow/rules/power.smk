# Which sweeps a scan finds: `snakemake power`.


if not IMPORTED:

    use rule simulate as simulate_power with:
        input:
            before_power,
            SCENARIO_FILES,
        output:
            f"{RESULTS}/power/{{cell}}/{{shard}}.npz",
        log:
            f"{RESULTS}/logs/simulate_power/{{cell}}/{{shard}}.log",
        benchmark:
            f"{RESULTS}/benchmarks/simulate_power/{{cell}}/{{shard}}.tsv"
        params:
            program=program("simulate"),
            settings=lambda wildcards: settings_text(
                "simulate", MAKER.simulate_power(find_cell(wildcards.cell), int(wildcards.shard))
            ),
        message:
            "Simulating sweeps to be found (cell {wildcards.cell}, shard {wildcards.shard})"


rule power:
    input:
        blocks=power_shards,
        observation=OBSERVED,
        models=models(),
        calibration=rules.calibrate.output,
        references=references(),
    output:
        table=f"{RESULTS}/power.tsv",
        blocks=f"{RESULTS}/power_blocks.tsv",
        figure=f"{RESULTS}/figures/power.png",
        svg=f"{RESULTS}/figures/power.svg",
    log:
        f"{RESULTS}/logs/power.log",
    benchmark:
        f"{RESULTS}/benchmarks/power.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("power"),
        simulated=lambda wildcards, input: within("power", input.blocks),
        models=lambda wildcards, input: within("models", input.models),
        settings=lambda wildcards: settings_text("power", MAKER.power(MODEL_FOLDERS)),
    message:
        "Measuring which sweeps a scan finds"
    shell:
        "python {params.program:q} --simulated {params.simulated:q} --models {params.models:q}"
        " --observation {input.observation[0]:q} --settings {params.settings:q}"
        " --output {output.table:q} --blocks {output.blocks:q} --figure {output.figure:q}"
        " 2>&1 | tee {log:q}"
