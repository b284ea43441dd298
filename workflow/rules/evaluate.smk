# The judgement: every model on the test windows, once.


rule evaluate:
    input:
        shards=shards(),
        split=f"{RESULTS}/split.parquet",
        models=models(),
    output:
        predictions=f"{RESULTS}/predictions.parquet",
        metrics=f"{RESULTS}/metrics.tsv",
        by_cell=f"{RESULTS}/metrics_by_cell.tsv",
        comparisons=f"{RESULTS}/comparisons.tsv",
        figures=report(
            expand(
                f"{RESULTS}/figures/{{figure}}.png",
                figure=["predicted_against_true", "error_by_cell", "learning_curves"],
            ),
            caption="../report/evaluation.rst",
            category="2 Models",
        ),
        svg=expand(
            f"{RESULTS}/figures/{{figure}}.svg",
            figure=["predicted_against_true", "error_by_cell", "learning_curves"],
        ),
    log:
        f"{RESULTS}/logs/evaluate.log",
    benchmark:
        f"{RESULTS}/benchmarks/evaluate.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("evaluate"),
        shards=lambda wildcards: f"{RESULTS}/shards",
        models=lambda wildcards: f"{RESULTS}/models",
        figures=lambda wildcards, output: os.path.dirname(output.figures[0]),
        settings=settings("evaluate", "seed", *READING, models=MODEL_FOLDERS),
    shell:
        "python {params.program:q} --split {input.split:q} --shards {params.shards:q}"
        " --models {params.models:q} --settings {params.settings:q}"
        " --predictions {output.predictions:q} --metrics {output.metrics:q}"
        " --metrics-by-cell {output.by_cell:q} --comparisons {output.comparisons:q}"
        " --figures {params.figures:q} 2> {log:q}"
