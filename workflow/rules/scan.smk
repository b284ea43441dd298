# Real genomes, or simulated ones, seen through every model.


rule scan:
    input:
        genome=genome_file,
        models=models(),
    output:
        table=f"{RESULTS}/genomes/{{genome}}/windows.tsv",
        bed=f"{RESULTS}/genomes/{{genome}}/windows.bed",
        observation=f"{RESULTS}/genomes/{{genome}}/observation.json",
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
        models=lambda wildcards: f"{RESULTS}/models",
        folder=lambda wildcards, output: os.path.dirname(output.table),
        settings=lambda wildcards: settings(
            "scan",
            models=MODEL_FOLDERS,
            **{
                key: config["genomes"][wildcards.genome].get(key)
                for key in ("samples", "ancestral", "step")
            },
        ),
    shell:
        "python {params.program:q} --genome {input.genome:q} --models {params.models:q}"
        " --settings {params.settings:q} --output {params.folder:q} 2> {log:q}"
