# The dataset: its splits, the statistics that baselines see, and a description with an audit.


rule split:
    input:
        shards=shards(),
        observation=OBSERVED,
    output:
        f"{RESULTS}/split.parquet",
    log:
        f"{RESULTS}/logs/split.log",
    benchmark:
        f"{RESULTS}/benchmarks/split.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("split"),
        shards=lambda wildcards, input: within("shards", input.shards),
        settings=lambda wildcards: settings_text("split", MAKER.split()),
    message:
        "Dividing the replicates among training, validation and test"
    shell:
        "python {params.program:q} --shards {params.shards:q}"
        " --observation {input.observation[0]:q} --settings {params.settings:q}"
        " --processes {threads} --output {output:q} 2> {log:q}"


rule summarise:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
    output:
        f"{RESULTS}/statistics.parquet",
    log:
        f"{RESULTS}/logs/summarise.log",
    benchmark:
        f"{RESULTS}/benchmarks/summarise.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("summarise"),
        shards=lambda wildcards, input: within("shards", input.shards),
        settings=lambda wildcards: settings_text("summarise", MAKER.summarise()),
    message:
        "Computing the summary statistics that baselines see"
    shell:
        "python {params.program:q} --split {input.split:q} --shards {params.shards:q}"
        " --observation {input.observation[0]:q} --settings {params.settings:q}"
        " --processes {threads} --output {output:q} 2> {log:q}"


rule describe_dataset:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
    output:
        table=f"{RESULTS}/dataset.tsv",
        figure=report(
            f"{RESULTS}/figures/dataset.png",
            caption="../report/dataset.rst",
            category="1 Simulations",
        ),
        svg=f"{RESULTS}/figures/dataset.svg",
    log:
        f"{RESULTS}/logs/describe_dataset.log",
    benchmark:
        f"{RESULTS}/benchmarks/describe_dataset.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("describe_dataset"),
        shards=lambda wildcards, input: within("shards", input.shards),
        settings=lambda wildcards: settings_text("describe_dataset", MAKER.describe_dataset()),
    message:
        "Describing the dataset and checking it for leaks between splits"
    shell:
        "python {params.program:q} --split {input.split:q} --shards {params.shards:q}"
        " --observation {input.observation[0]:q}"
        " --settings {params.settings:q} --output {output.table:q} --figure {output.figure:q}"
        " 2> {log:q}"
