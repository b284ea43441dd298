# What sequencing leaves of the truth: what the config says, and what a real file tells.


rule measure_observation:
    input:
        like=access.multi(CONFIG.observation.like or []),
        mask=MASK,
    output:
        f"{RESULTS}/observation.json",
    log:
        f"{RESULTS}/logs/measure_observation.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_observation.tsv"
    # First of all: a file that cannot be used should not be found out after hours.
    priority: 2
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("measure_observation"),
        settings=lambda wildcards: settings_text(
            "measure_observation", MAKER.measure_observation()
        ),
    shell:
        "python {params.program:q} --settings {params.settings:q} --output {output:q} 2> {log:q}"
