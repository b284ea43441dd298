# How simulations are observed: as the config says, and as a real file was.


LIKE = CONFIG.observation.like_file


rule measure_observation:
    input:
        like=access.multi(LIKE.path if LIKE else []),
        sexes=(LIKE and LIKE.sexes) or [],
        mask=MASK,
    output:
        f"{RESULTS}/observation.json",
    log:
        f"{RESULTS}/logs/measure_observation.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_observation.tsv"
    # First of all, so that a file that cannot be used is noticed before hours of work.
    priority: 2
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("measure_observation"),
        settings=lambda wildcards: settings_text("measure_observation", MAKER.measure_observation()),
    message:
        "Describing how simulations are observed"
    shell:
        "python {params.program:q} --settings {params.settings:q} --output {output:q} 2> {log:q}"
