# Models for use elsewhere, as zips: `snakemake package`.


rule package:
    input:
        models=models(),
        calibrations=CALIBRATIONS,
        ancestry=ANCESTRY_CALIBRATIONS if CONFIG.targets.at_sites else [],
        references=references(),
        scores=expand(f"{RESULTS}/{{table}}.tsv", table=EVALUATION_TABLES),
    output:
        packages=expand(f"{RESULTS}/models/{{model}}.zip", model=PACKED),
        descriptions=expand(f"{RESULTS}/models/{{model}}/description.json", model=PACKED),
        cards=expand(f"{RESULTS}/models/{{model}}/card.md", model=PACKED),
    log:
        f"{RESULTS}/logs/package.log",
    benchmark:
        f"{RESULTS}/benchmarks/package.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        program=program("package"),
        models=lambda wildcards, input: within("models", input.models),
        results=lambda wildcards, input: os.path.dirname(input.scores[0]),
        folder=lambda wildcards, output: os.path.dirname(output.packages[0]),
        settings=settings_text("package", MAKER.package()),
    message:
        "Packing models"
    shell:
        "python {params.program:q} --models {params.models:q} --results {params.results:q}"
        " --settings {params.settings:q} --output {params.folder:q} 2>&1 | tee {log:q}"
