# How trained models do on other data than those in training: `snakemake robustness`.


if not IMPORTED:

    use rule simulate as simulate_robustness with:
        input:
            before_robustness,
            SCENARIO_FILES,
        output:
            f"{RESULTS}/robustness/{{condition}}/{{cell}}/{{shard}}.npz",
        log:
            f"{RESULTS}/logs/simulate_robustness/{{condition}}/{{cell}}/{{shard}}.log",
        benchmark:
            f"{RESULTS}/benchmarks/simulate_robustness/{{condition}}/{{cell}}/{{shard}}.tsv"
        params:
            program=program("simulate"),
            settings=lambda wildcards: settings_text(
                "simulate",
                MAKER.simulate_robustness(
                    wildcards.condition, wildcards.cell, int(wildcards.shard)
                ),
            ),
        message:
            "Simulating windows to try models on ({wildcards.condition}, cell {wildcards.cell}, shard {wildcards.shard})"


rule robustness:
    input:
        simulated=robustness_shards,
        shards=shards(),
        split=f"{RESULTS}/split.parquet",
        observation=OBSERVED,
        models=models(),
        calibration=rules.calibrate.output,
        references=references(),
        validation=f"{RESULTS}/validation.tsv",
    output:
        table=f"{RESULTS}/robustness.tsv",
        figure=f"{RESULTS}/figures/robustness.png",
        svg=f"{RESULTS}/figures/robustness.svg",
    log:
        f"{RESULTS}/logs/robustness.log",
    benchmark:
        f"{RESULTS}/benchmarks/robustness.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("robustness"),
        shards=lambda wildcards, input: within("shards", input.shards),
        simulated=lambda wildcards, input: within("robustness", input.shards),
        models=lambda wildcards, input: within("models", input.models),
        settings=lambda wildcards: settings_text("robustness", MAKER.robustness(MODEL_FOLDERS)),
    message:
        "Trying models on other data than those in training"
    shell:
        "python {params.program:q} --split {input.split:q} --shards {params.shards:q}"
        " --simulated {params.simulated:q} --models {params.models:q}"
        " --observation {input.observation[0]:q} --validation {input.validation:q}"
        " --settings {params.settings:q} --output {output.table:q} --figure {output.figure:q}"
        " 2>&1 | tee {log:q}"
