# Interpretation: the activations of nets, and how similar restarts are.

# The windows that are pictured; the picture of the first has no name of its own.
PICTURED = ["", *(f"_{name}" for name in [*list_pictured(CONFIG.explain.windows)][1:])]


rule explain:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
        model=[f"{RESULTS}/models/{{net}}/{{restart}}/{file}" for file in NET_FILES],
        confusing=confusing_windows(),
        genomes=explained_genomes(),
        lists=explained_lists(),
    output:
        figures=report(
            expand(
                f"{RESULTS}/figures/activations_{{{{net}}}}_{{{{restart}}}}{{window}}.png",
                window=PICTURED,
            ),
            caption="../report/activations.rst",
            category="3 Inside the nets",
        ),
        svg=expand(
            f"{RESULTS}/figures/activations_{{{{net}}}}_{{{{restart}}}}{{window}}.svg",
            window=PICTURED,
        ),
    log:
        f"{RESULTS}/logs/explain/{{net}}/{{restart}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/explain/{{net}}/{{restart}}.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        program=program("explain"),
        shards=lambda wildcards, input: within("shards", input.shards),
        model=lambda wildcards, input: os.path.dirname(input.model[0]),
        confusing=lambda wildcards, input: (
            ["--confusing", *input.confusing] if input.confusing else []
        ),
        genomes=lambda wildcards, input: (
            ["--genomes", within("genomes", input.genomes)] if input.genomes else []
        ),
        settings=lambda wildcards: settings_text("explain", MAKER.explain()),
    message:
        "Drawing activations ({wildcards.net}, restart {wildcards.restart})"
    shell:
        "python {params.program:q} --split {input.split:q} --shards {params.shards:q}"
        " --observation {input.observation[0]:q}"
        " --model {params.model:q} --settings {params.settings:q}"
        " {params.confusing:q} {params.genomes:q} --figure {output.figures[0]:q} 2> {log:q}"


rule compare_restarts:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
        models=expand(
            f"{RESULTS}/models/{{{{net}}}}/{{restart}}/{{file}}", restart=RESTARTS, file=NET_FILES
        ),
    output:
        table=f"{RESULTS}/restarts_{{net}}.tsv",
        figure=report(
            f"{RESULTS}/figures/restarts_{{net}}.png",
            caption="../report/restarts.rst",
            category="3 Inside the nets",
        ),
        svg=f"{RESULTS}/figures/restarts_{{net}}.svg",
    log:
        f"{RESULTS}/logs/compare_restarts/{{net}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/compare_restarts/{{net}}.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        program=program("compare_restarts"),
        shards=lambda wildcards, input: within("shards", input.shards),
        net=lambda wildcards, input: within(f"models/{wildcards.net}", input.models),
        settings=lambda wildcards: settings_text("compare_restarts", MAKER.compare_restarts()),
    message:
        "Comparing restarts ({wildcards.net})"
    shell:
        "python {params.program:q} --split {input.split:q} --shards {params.shards:q}"
        " --observation {input.observation[0]:q}"
        " --net {params.net:q} --settings {params.settings:q} --output {output.table:q}"
        " --figure {output.figure:q} 2> {log:q}"
