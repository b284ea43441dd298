# Replicates of every cell, in shards.


rule recombination_map:
    output:
        f"{RESULTS}/recombination_map.txt",
    log:
        f"{RESULTS}/logs/recombination_map.log",
    benchmark:
        f"{RESULTS}/benchmarks/recombination_map.tsv"
    # First of all, since it fails without a network.
    priority: 2
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("recombination_map"),
        settings=lambda wildcards: settings_text(
            "recombination_map", MAKER.fetch_recombination_map()
        ),
    message:
        "Downloading the recombination map"
    shell:
        "python {params.program:q} --settings {params.settings:q} --output {output:q} 2> {log:q}"


rule draw_histories:
    input:
        SCENARIO_FILES,
    output:
        figure=report(
            f"{RESULTS}/figures/histories.png",
            caption="../report/histories.rst",
            category="1 Simulations",
        ),
        svg=f"{RESULTS}/figures/histories.svg",
    log:
        f"{RESULTS}/logs/draw_histories.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_histories.tsv"
    # First of all, so that it can be looked at while the rest is simulated.
    priority: 2
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        program=program("draw_histories"),
        settings=lambda wildcards: settings_text("draw_histories", MAKER.draw_histories()),
    message:
        "Drawing the population histories"
    shell:
        "python {params.program:q} --settings {params.settings:q} --figure {output.figure:q}"
        " 2> {log:q}"


rule describe_priors:
    input:
        SCENARIO_FILES,
        split=f"{RESULTS}/split.parquet",
    output:
        table=f"{RESULTS}/priors.tsv",
        figure=report(
            f"{RESULTS}/figures/priors.png",
            caption="../report/priors.rst",
            category="1 Simulations",
        ),
        svg=f"{RESULTS}/figures/priors.svg",
    log:
        f"{RESULTS}/logs/describe_priors.log",
    benchmark:
        f"{RESULTS}/benchmarks/describe_priors.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        program=program("describe_priors"),
        settings=lambda wildcards: settings_text("describe_priors", MAKER.describe_priors()),
    message:
        "Comparing the parameters that were drawn with their priors"
    shell:
        "python {params.program:q} --split {input.split:q} --settings {params.settings:q}"
        " --output {output.table:q} --figure {output.figure:q} 2> {log:q}"


rule check_sweep:
    input:
        scenario_files,
    output:
        f"{RESULTS}/sweeps/{{cell}}.tsv",
    log:
        f"{RESULTS}/logs/check_sweep/{{cell}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/check_sweep/{{cell}}.tsv"
    # First of all, so that an impossible sweep is noticed before hours of work. One file for
    # each cell, so that a new cell reruns no shard of the others.
    priority: 2
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("check_sweep"),
        settings=lambda wildcards: settings_text(
            "check_sweep", MAKER.check_sweep(find_cell(wildcards.cell))
        ),
    message:
        "Checking that sweeps can be simulated (cell {wildcards.cell})"
    shell:
        "python {params.program:q} --settings {params.settings:q} --output {output:q} 2> {log:q}"


rule simulate:
    input:
        before_shard,
        SCENARIO_FILES,
    output:
        f"{RESULTS}/shards/{{cell}}/{{shard}}.npz",
    log:
        f"{RESULTS}/logs/simulate/{{cell}}/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/simulate/{{cell}}/{{shard}}.tsv"
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("simulate"),
        settings=lambda wildcards: settings_text(
            "simulate", MAKER.simulate_shard(find_cell(wildcards.cell), int(wildcards.shard))
        ),
    message:
        "Simulating (cell {wildcards.cell}, shard {wildcards.shard})"
    shell:
        "python {params.program:q} --settings {params.settings:q} --output {output:q} 2> {log:q}"
