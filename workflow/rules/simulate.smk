# Replicates of every cell, in shards.


rule recombination_map:
    output:
        f"{RESULTS}/recombination_map.txt",
    log:
        f"{RESULTS}/logs/recombination_map.log",
    benchmark:
        f"{RESULTS}/benchmarks/recombination_map.tsv"
    # First of all: without the network it fails.
    priority: 2
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("recombination_map"),
        settings=lambda wildcards: settings(
            "recombination_map",
            species=config["simulation"]["species"],
            chromosome=config["simulation"]["chromosome"],
            map=config["simulation"]["recombination_map"],
        ),
    shell:
        "python {params.program:q} --settings {params.settings:q} --output {output:q} 2> {log:q}"


rule check_sweep:
    input:
        scenario_files(),
    output:
        f"{RESULTS}/sweeps/{{cell}}.tsv",
    log:
        f"{RESULTS}/logs/check_sweep/{{cell}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/check_sweep/{{cell}}.tsv"
    # First of all, that no hour is spent before a sweep turns out to be impossible. One file
    # for each cell, so that a new cell makes no shard of the others again.
    priority: 2
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("check_sweep"),
        settings=lambda wildcards: settings("check_sweep", "seed", **scenario(wildcards.cell)),
    shell:
        "python {params.program:q} --settings {params.settings:q} --output {output:q} 2> {log:q}"


rule simulate:
    input:
        lambda wildcards: check_of(wildcards.cell),
        scenario_files(),
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
        settings=lambda wildcards: settings(
            "simulate",
            "seed",
            **scenario(wildcards.cell),
            **dict(zip(("first", "count"), RANGES[int(wildcards.shard)])),
        ),
    shell:
        "python {params.program:q} --settings {params.settings:q} --output {output:q} 2> {log:q}"
