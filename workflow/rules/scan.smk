# What every model predicts along genomes.


rule scan:
    input:
        genome=genome_file,
        observation=f"{RESULTS}/genomes/{{genome}}/observation.json",
        mask=MASK,
        lists=genome_lists,
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
