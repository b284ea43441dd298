# Genomes, real or simulated: what they are like, and what every model predicts along them.


rule simulate_genome:
    output:
        f"{RESULTS}/genomes/{{genome}}/simulated.vcf.gz",
    log:
        f"{RESULTS}/logs/simulate_genome/{{genome}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/simulate_genome/{{genome}}.tsv"
    wildcard_constraints:
        genome=one_of(name for name, genome in CONFIG.genomes.items() if not genome.path),
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        program=program("simulate_genome"),
        settings=lambda wildcards: settings_text(
            "simulate_genome", MAKER.simulate_genome(wildcards.genome)
        ),
    message:
        "Simulating genomes: {wildcards.genome}"
    shell:
        "python {params.program:q} --settings {params.settings:q} --output {output:q} 2> {log:q}"


rule observe_genome:
    input:
        genome=genome_file,
        observation=OBSERVED,
        sexes=genome_sexes,
    output:
        f"{RESULTS}/genomes/{{genome}}/observation.json",
    log:
        f"{RESULTS}/logs/observe_genome/{{genome}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/observe_genome/{{genome}}.tsv"
    # First of all, so that a file that cannot be used is noticed before hours of work.
    priority: 2
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("observe_genome"),
        settings=lambda wildcards: settings_text(
            "observe_genome", MAKER.observe_genome(wildcards.genome)
        ),
    message:
        "Reading genomes: {wildcards.genome}"
    shell:
        "python {params.program:q} --genome {input.genome:q}"
        " --observation {input.observation[0]:q} --settings {params.settings:q}"
        " --output {output:q} 2> {log:q}"


rule scan:
    input:
        genome=genome_file,
        observation=f"{RESULTS}/genomes/{{genome}}/observation.json",
        mask=MASK,
        sexes=genome_sexes,
        models=models(),
        # Which of them is the best, and shown.
        validation=f"{RESULTS}/validation.tsv",
    output:
        table=f"{RESULTS}/genomes/{{genome}}/windows.tsv",
        bed=f"{RESULTS}/genomes/{{genome}}/windows.bed",
        figure=report(
            f"{RESULTS}/genomes/{{genome}}/scan.png",
            caption="../report/scan.rst",
            category="4 Genomes",
        ),
        svg=f"{RESULTS}/genomes/{{genome}}/scan.svg",
    log:
        f"{RESULTS}/logs/scan/{{genome}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/scan/{{genome}}.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("scan"),
        models=lambda wildcards, input: within("models", input.models),
        folder=lambda wildcards, output: os.path.dirname(output.table),
        settings=lambda wildcards: settings_text(
            "scan", MAKER.scan(wildcards.genome, MODEL_FOLDERS)
        ),
    message:
        "Scanning genomes: {wildcards.genome}"
    shell:
        "python {params.program:q} --genome {input.genome:q} --models {params.models:q}"
        " --validation {input.validation:q} --settings {params.settings:q} --output {params.folder:q} 2> {log:q}"
