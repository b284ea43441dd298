# What genomes are compared with: the null, and how unlike each other simulated windows are.


if not IMPORTED:

    use rule simulate as simulate_null with:
        input:
            before_null,
            SCENARIO_FILES,
        output:
            f"{RESULTS}/null/{{cell}}/{{shard}}.npz",
        log:
            f"{RESULTS}/logs/simulate_null/{{cell}}/{{shard}}.log",
        benchmark:
            f"{RESULTS}/benchmarks/simulate_null/{{cell}}/{{shard}}.tsv"
        params:
            program=program("simulate"),
            settings=lambda wildcards: settings_text(
                "simulate", MAKER.simulate_null(find_cell(wildcards.cell), int(wildcards.shard))
            ),
        message:
            "Simulating the null (cell {wildcards.cell}, shard {wildcards.shard})"


rule make_reference:
    input:
        shards=shards(),
        null=null_shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
        statistics=f"{RESULTS}/statistics.parquet",
        models=models(),
        calibration=rules.calibrate.output,
    output:
        references(),
    log:
        f"{RESULTS}/logs/make_reference.log",
    benchmark:
        f"{RESULTS}/benchmarks/make_reference.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("make_reference"),
        shards=lambda wildcards, input: within("shards", input.shards),
        null=lambda wildcards, input: within("null", input.null or input.shards),
        models=lambda wildcards, input: within("models", input.models),
        folder=lambda wildcards, output: os.path.dirname(os.path.dirname(output[0])),
        settings=lambda wildcards: settings_text("make_reference", MAKER.make_reference()),
    message:
        "Making what genomes are compared with"
    shell:
        "python {params.program:q} --split {input.split:q} --statistics {input.statistics:q}"
        " --shards {params.shards:q} --null {params.null:q}"
        " --observation {input.observation[0]:q} --models {params.models:q}"
        " --settings {params.settings:q} --output {params.folder:q} 2> {log:q}"
