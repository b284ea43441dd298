# How simulations are observed: as the config says, and as a real file was.


LIKE = CONFIG.observation.like_file
LIKE_LISTS = [LIKE.sexes] if LIKE and LIKE.sexes else []


# All individuals are counted, by jobs of their own: whose genotypes a genome of the same file keeps
# may change, and no simulation is then observed, and no net trained, again.
rule measure_contigs:
    input:
        like=access.multi(LIKE.path if LIKE else []),
        index=find_index(LIKE.path) if LIKE else [],
        lists=LIKE_LISTS,
    output:
        f"{RESULTS}/measured/{{part}}.json",
    log:
        f"{RESULTS}/logs/measure_contigs/{{part}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_contigs/{{part}}.tsv"
    wildcard_constraints:
        part="[0-9]{3,4}" if LIKE else one_of([]),
    # First of all, so that a file that cannot be used is noticed before hours of work.
    priority: 2
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
    params:
        program=program("measure_contigs"),
        settings=lambda wildcards: settings_text(
            "measure_contigs", MAKER.measure_contigs(int(wildcards.part))
        ),
    message:
        "Measuring how the data were sequenced: part {wildcards.part}"
    shell:
        "python {params.program:q} --settings {params.settings:q} --output {output:q} 2> {log:q}"


rule measure_observation:
    input:
        parts=measured_parts,
        mask=MASK,
    output:
        f"{RESULTS}/observation.json",
    log:
        f"{RESULTS}/logs/measure_observation.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure_observation.tsv"
    priority: 2
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("measure_observation"),
        measured=lambda wildcards, input: (
            ["--measured", os.path.dirname(input.parts[0])] if input.parts else []
        ),
        settings=lambda wildcards: settings_text("measure_observation", MAKER.measure_observation()),
    message:
        "Describing how simulations are observed"
    shell:
        "python {params.program:q} {params.measured:q} --settings {params.settings:q}"
        " --output {output:q} 2> {log:q}"
