# Interpretation of all models together: what nets know, what models use and what they look at.


rule probe:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
        models=[f"{RESULTS}/models/{net}/0/{file}" for net in NETS for file in NET_FILES],
    output:
        table=f"{RESULTS}/probes.tsv",
        figure=report(
            f"{RESULTS}/figures/probes.png",
            caption="../report/probes.rst",
            category="3 Inside the nets",
        ),
        svg=f"{RESULTS}/figures/probes.svg",
    log:
        f"{RESULTS}/logs/probe.log",
    benchmark:
        f"{RESULTS}/benchmarks/probe.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        program=program("probe"),
        shards=lambda wildcards, input: within("shards", input.shards),
        models=lambda wildcards, input: within("models", input.models),
        settings=lambda wildcards: settings_text("probe", MAKER.probe()),
    message:
        "Probing what layers know"
    shell:
        "python {params.program:q} --split {input.split:q} --shards {params.shards:q}"
        " --observation {input.observation[0]:q} --models {params.models:q}"
        " --settings {params.settings:q} --output {output.table:q} --figure {output.figure:q}"
        " 2> {log:q}"


rule permute:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
        models=interpreted_models(),
    output:
        table=f"{RESULTS}/permutations.tsv",
        figure=report(
            f"{RESULTS}/figures/permutations.png",
            caption="../report/permutations.rst",
            category="3 Inside the nets",
        ),
        svg=f"{RESULTS}/figures/permutations.svg",
    log:
        f"{RESULTS}/logs/permute.log",
    benchmark:
        f"{RESULTS}/benchmarks/permute.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        program=program("permute"),
        shards=lambda wildcards, input: within("shards", input.shards),
        models=lambda wildcards, input: within("models", input.models),
        settings=lambda wildcards: settings_text("permute", MAKER.permute()),
    message:
        "Shuffling windows, to see what models use"
    shell:
        "python {params.program:q} --split {input.split:q} --shards {params.shards:q}"
        " --observation {input.observation[0]:q} --models {params.models:q}"
        " --settings {params.settings:q} --output {output.table:q} --figure {output.figure:q}"
        " 2> {log:q}"


rule attribute:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
        models=interpreted_models(),
    output:
        table=f"{RESULTS}/saliency.tsv",
        peaks=f"{RESULTS}/saliency_peaks.tsv",
        figure=report(
            f"{RESULTS}/figures/saliency.png",
            caption="../report/saliency.rst",
            category="3 Inside the nets",
        ),
        svg=f"{RESULTS}/figures/saliency.svg",
    log:
        f"{RESULTS}/logs/attribute.log",
    benchmark:
        f"{RESULTS}/benchmarks/attribute.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("attribute"),
        shards=lambda wildcards, input: within("shards", input.shards),
        models=lambda wildcards, input: within("models", input.models),
        settings=lambda wildcards: settings_text("attribute", MAKER.attribute()),
    message:
        "Measuring where predictions come from"
    shell:
        "python {params.program:q} --split {input.split:q} --shards {params.shards:q}"
        " --observation {input.observation[0]:q} --models {params.models:q}"
        " --settings {params.settings:q} --output {output.table:q} --peaks {output.peaks:q}"
        " --figure {output.figure:q} 2> {log:q}"
