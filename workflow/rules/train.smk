# Nets and the baselines they must beat.


rule train:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
    output:
        weights=f"{RESULTS}/models/{{net}}/{{restart}}/model.safetensors",
        card=f"{RESULTS}/models/{{net}}/{{restart}}/card.json",
        history=f"{RESULTS}/models/{{net}}/{{restart}}/history.tsv",
    log:
        f"{RESULTS}/logs/train/{{net}}/{{restart}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train/{{net}}/{{restart}}.tsv"
    # The longest jobs begin first, so that nothing waits for them at the end.
    priority: 1
    conda:
        "../../envs/train.yaml"
    threads: CONFIG.training.threads * CONFIG.training.processes
    resources:
        **training_resources(CONFIG.training),
        mem_mb=lambda wildcards, attempt: 4000 * CONFIG.training.processes * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
        # Not parameters, since changing them must not retrain a net. The limit is in seconds.
        time_limit=round(60 * (CONFIG.training.time_limit or 0)),
        tensorboard=int(CONFIG.training.tensorboard),
    params:
        program=program("train"),
        shards=lambda wildcards, input: within("shards", input.shards),
        summaries=lambda wildcards, input: within(f"first_layers/{wildcards.net}", input.shards),
        folder=lambda wildcards, output: os.path.dirname(output.card),
        # The proposals of a search; only its trials have some.
        recipes=lambda wildcards, input: (
            ["--recipes", input.recipes] if "recipes" in input.keys() else []
        ),
        settings=training_settings,
    message:
        "Training: {wildcards.net}, restart {wildcards.restart}"
    shell:
        # A signal that stops training goes to all of its processes. The shell must then wait for the
        # program, which saves what it has learned: once the shell has ended, it would be killed.
        # Of a program that ends by a signal, the shell would write so on the terminal.
        "trap : INT TERM; exec 2> /dev/null; "
        "python {params.program:q} {params.recipes:q} --split {input.split:q} --shards {params.shards:q}"
        " --observation {input.observation[0]:q}"
        " --memory {resources.mem_mb} --time-limit {resources.time_limit}"
        " --tensorboard {resources.tensorboard} --log {log:q} --summaries {params.summaries:q}"
        " --settings {params.settings:q} --output {params.folder:q} > {log:q} 2>&1"


rule fit_baseline:
    input:
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
        statistics=f"{RESULTS}/statistics.parquet",
    output:
        model=f"{RESULTS}/models/{{baseline}}/model.skops",
        card=f"{RESULTS}/models/{{baseline}}/card.json",
    log:
        f"{RESULTS}/logs/fit_baseline/{{baseline}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/fit_baseline/{{baseline}}.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("fit_baseline"),
        folder=lambda wildcards, output: os.path.dirname(output.card),
        settings=lambda wildcards: settings_text(
            "fit_baseline", MAKER.fit_baseline(wildcards.baseline)
        ),
    message:
        "Fitting baselines: {wildcards.baseline}"
    shell:
        "python {params.program:q} --split {input.split:q} --statistics {input.statistics:q}"
        " --observation {input.observation[0]:q}"
        " --settings {params.settings:q} --output {params.folder:q} 2> {log:q}"
