# What more simulations would gain: `snakemake learning_curve`.

PARTLY_TRAINED = [f"learning_curve/{net}/{n}/{r}" for net in NETS for n in ONE_IN for r in RESTARTS]
WHOLLY_TRAINED = [f"models/{folder}" for folder in NET_FOLDERS]


use rule train as train_on_part with:
    output:
        weights=f"{RESULTS}/learning_curve/{{net}}/{{one_in}}/{{restart}}/model.safetensors",
        card=f"{RESULTS}/learning_curve/{{net}}/{{one_in}}/{{restart}}/card.json",
        history=f"{RESULTS}/learning_curve/{{net}}/{{one_in}}/{{restart}}/history.tsv",
    log:
        f"{RESULTS}/logs/train_on_part/{{net}}/{{one_in}}/{{restart}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train_on_part/{{net}}/{{one_in}}/{{restart}}.tsv"
    message:
        "Training on fewer windows: {wildcards.net}, one in {wildcards.one_in},"
        " restart {wildcards.restart}"


rule learning_curve:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
        models=expand(
            f"{RESULTS}/{{folder}}/{{file}}",
            folder=PARTLY_TRAINED + WHOLLY_TRAINED,
            file=NET_FILES,
        ),
    output:
        table=f"{RESULTS}/learning_curve.tsv",
        figure=f"{RESULTS}/figures/learning_curve.png",
        svg=f"{RESULTS}/figures/learning_curve.svg",
    log:
        f"{RESULTS}/logs/learning_curve.log",
    benchmark:
        f"{RESULTS}/benchmarks/learning_curve.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("learning_curve"),
        shards=lambda wildcards, input: within("shards", input.shards),
        results=lambda wildcards, input: os.path.dirname(input.split),
        settings=lambda wildcards: settings_text(
            "learning_curve", MAKER.evaluate(PARTLY_TRAINED + WHOLLY_TRAINED)
        ),
    message:
        "Estimating what more simulations would gain"
    shell:
        "python {params.program:q} --split {input.split:q} --shards {params.shards:q}"
        " --observation {input.observation[0]:q} --results {params.results:q}"
        " --settings {params.settings:q} --output {output.table:q} --figure {output.figure:q}"
        " 2>&1 | tee {log:q}"
