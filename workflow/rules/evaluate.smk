# How sure models are, by validation windows; then every model on the test windows, once.

# Numbers are shown against the truth, classes in a matrix.
EVALUATION_TABLES = ["validation", "metrics", "metrics_by_cell", "comparisons", "coverage"]
EVALUATION_FIGURES = ["score_by_cell", "loss_by_epoch", "coverage"]
if CONFIG.targets.has_classes:
    EVALUATION_TABLES += ["confusion", "calibration", "calibration_error"]
    EVALUATION_FIGURES += ["confusion", "calibration"]
else:
    EVALUATION_FIGURES += ["predicted_against_true"]

# Where models fail: a table of errors by parameter, the worst regions, confusing windows.
FAILURE_TABLES = ["errors_by_parameter", "where_it_fails", "confusing"]
FAILURE_FIGURES = ["errors_by_parameter"]
if CONFIG.targets.has_classes:
    FAILURE_TABLES += ["curves", "curve_areas"]
    FAILURE_FIGURES += ["curves", "confusing_uncertain", "confusing_wrong"]
else:
    FAILURE_FIGURES += ["confusing_largest_error"]
    FAILURE_FIGURES += ["confusing_disagreement"] if BASELINES else []
if MAKER.neutral_classes:
    FAILURE_TABLES += ["window_power"]
    FAILURE_FIGURES += ["window_power"]
if CONFIG.evaluation.hold_out:
    FAILURE_TABLES += ["hold_out"]
    FAILURE_FIGURES += ["hold_out"]
# How well the ancestry of each haplotype is predicted at each base.
ANCESTRY_TABLES = [
    "ancestry_scores",
    "ancestry_comparisons",
    "ancestry_curves",
    "ancestry_calibration",
]
# How nets are calibrated that predict it, which travels with them.
ANCESTRY_CALIBRATIONS = [f"{RESULTS}/models/{net}/ancestry.json" for net in NETS]
# Predictions of windows that no model has seen before: of those held out by the config, too.
HELD_OUT_PREDICTIONS = (
    [f"{RESULTS}/held_out_predictions.parquet"] if CONFIG.evaluation.hold_out else []
)


rule calibrate:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
        statistics=f"{RESULTS}/statistics.parquet",
        models=models(),
    output:
        calibrations=CALIBRATIONS,
    log:
        f"{RESULTS}/logs/calibrate.log",
    benchmark:
        f"{RESULTS}/benchmarks/calibrate.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("calibrate"),
        shards=lambda wildcards, input: within("shards", input.shards),
        models=lambda wildcards, input: within("models", input.models),
        folder=lambda wildcards, output: within("models", output.calibrations),
        settings=lambda wildcards: settings_text("calibrate", MAKER.calibrate_models(MODEL_FOLDERS)),
    message:
        "Calibrating models by the validation windows"
    shell:
        "python {params.program:q} --split {input.split:q} --shards {params.shards:q}"
        " --statistics {input.statistics:q} --observation {input.observation[0]:q}"
        " --models {params.models:q} --settings {params.settings:q}"
        " --output {params.folder:q} 2> {log:q}"


rule evaluate:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
        statistics=f"{RESULTS}/statistics.parquet",
        models=models(),
        calibrations=CALIBRATIONS,
    output:
        predictions=f"{RESULTS}/predictions.parquet",
        validation=f"{RESULTS}/validation_predictions.parquet",
        held_out=HELD_OUT_PREDICTIONS,
        tables=expand(f"{RESULTS}/{{table}}.tsv", table=EVALUATION_TABLES),
        figures=report(
            expand(f"{RESULTS}/figures/{{figure}}.png", figure=EVALUATION_FIGURES),
            caption="../report/evaluation.rst",
            category="2 Models",
        ),
        svg=expand(f"{RESULTS}/figures/{{figure}}.svg", figure=EVALUATION_FIGURES),
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
        shards=lambda wildcards, input: within("shards", input.shards),
        models=lambda wildcards, input: within("models", input.models),
        folder=lambda wildcards, output: os.path.dirname(output.predictions),
        settings=lambda wildcards: settings_text("evaluate", MAKER.evaluate(MODEL_FOLDERS)),
    message:
        "Evaluating every model on the test windows"
    shell:
        "python {params.program:q} --split {input.split:q} --shards {params.shards:q}"
        " --statistics {input.statistics:q} --observation {input.observation[0]:q}"
        " --models {params.models:q} --settings {params.settings:q}"
        " --output {params.folder:q} 2> {log:q}"


rule judge_ancestry:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
        models=models(),
    output:
        tables=expand(f"{RESULTS}/{{table}}.tsv", table=ANCESTRY_TABLES),
        calibrations=ANCESTRY_CALIBRATIONS,
        baselines=f"{RESULTS}/ancestry_baselines.json",
        figure=report(
            f"{RESULTS}/figures/ancestry_scores.png",
            caption="../report/evaluation.rst",
            category="2 Models",
        ),
        svg=f"{RESULTS}/figures/ancestry_scores.svg",
    log:
        f"{RESULTS}/logs/judge_ancestry.log",
    benchmark:
        f"{RESULTS}/benchmarks/judge_ancestry.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("judge_ancestry"),
        shards=lambda wildcards, input: within("shards", input.shards),
        models=lambda wildcards, input: within("models", input.models),
        folder=lambda wildcards, output: os.path.dirname(output.baselines),
        calibrations=lambda wildcards, output: within("models", [output.baselines]),
        settings=lambda wildcards: settings_text("judge_ancestry", MAKER.evaluate(MODEL_FOLDERS)),
    message:
        "Judging the ancestry that models predict at each base"
    shell:
        "python {params.program:q} --split {input.split:q} --shards {params.shards:q}"
        " --observation {input.observation[0]:q} --models {params.models:q}"
        " --settings {params.settings:q} --output {params.folder:q}"
        " --calibrations {params.calibrations:q} 2> {log:q}"


rule find_failures:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
        statistics=f"{RESULTS}/statistics.parquet",
        predictions=rules.evaluate.output.predictions,
        validation=rules.evaluate.output.validation,
        held_out=HELD_OUT_PREDICTIONS,
        scores=f"{RESULTS}/validation.tsv",
        models=models(),
    output:
        tables=expand(f"{RESULTS}/{{table}}.tsv", table=FAILURE_TABLES),
        figures=report(
            expand(f"{RESULTS}/figures/{{figure}}.png", figure=FAILURE_FIGURES),
            caption="../report/failures.rst",
            category="2 Models",
        ),
        svg=expand(f"{RESULTS}/figures/{{figure}}.svg", figure=FAILURE_FIGURES),
    log:
        f"{RESULTS}/logs/find_failures.log",
    benchmark:
        f"{RESULTS}/benchmarks/find_failures.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("find_failures"),
        shards=lambda wildcards, input: within("shards", input.shards),
        results=lambda wildcards, input: os.path.dirname(input.predictions),
        folder=lambda wildcards, output: os.path.dirname(output.tables[0]),
        settings=lambda wildcards: settings_text("find_failures", MAKER.find_failures()),
    message:
        "Finding where models fail"
    shell:
        "python {params.program:q} --split {input.split:q} --shards {params.shards:q}"
        " --statistics {input.statistics:q} --observation {input.observation[0]:q}"
        " --results {params.results:q} --settings {params.settings:q}"
        " --output {params.folder:q} 2> {log:q}"
