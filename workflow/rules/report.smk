# One page about the run.


rule report:
    input:
        observation=OBSERVED[0],
        dataset=rules.describe_dataset.output,
        imports=expand(f"{RESULTS}/imports/{{cell}}.json", cell=CELLS if IMPORTED else []),
        histories=[] if IMPORTED else f"{RESULTS}/figures/histories.png",
        priors=rules.describe_priors.output if CONFIG.simulation.prior else [],
        evaluation=rules.evaluate.output,
        failures=rules.find_failures.output,
        ancestry=rules.judge_ancestry.output if CONFIG.targets.at_sites else [],
        activations=expand(
            f"{RESULTS}/figures/activations_{{net}}_{{restart}}{{window}}.png",
            net=NETS,
            restart=RESTARTS,
            window=PICTURED,
        ),
        probes=rules.probe.output,
        permutations=rules.permute.output,
        saliency=rules.attribute.output,
        restarts=expand(
            [f"{RESULTS}/restarts_{{net}}.tsv", f"{RESULTS}/figures/restarts_{{net}}.png"],
            net=NETS if len(RESTARTS) > 1 else [],
        ),
        scans=expand(
            f"{RESULTS}/genomes/{{genome}}/{{file}}",
            genome=CONFIG.genomes,
            file=["observation.json", "windows.tsv", "regions.tsv", "verdict.json", "scan.png"],
        ),
        painted=expand(
            f"{RESULTS}/genomes/{{genome}}/ancestry.{{end}}",
            genome=CONFIG.genomes if CONFIG.targets.at_sites else [],
            end=["bed", "tsv", "png"],
        ),
        pictures=expand(
            f"{RESULTS}/genomes/{{genome}}/pictures",
            genome=[name for name, genome in CONFIG.genomes.items() if genome.show],
        ),
        regions=region_pictures(),
        references=references() if CONFIG.genomes else [],
        models=models(),
    output:
        page=report(f"{RESULTS}/report.html", caption="../report/report.rst", category="0 Report"),
        methods=f"{RESULTS}/methods.md",
        references=f"{RESULTS}/references.bib",
        # From the logs and benchmarks of jobs, which are not inputs: they differ from run to run.
        costs=f"{RESULTS}/benchmarks/costs.html",
    log:
        f"{RESULTS}/logs/report.log",
    benchmark:
        f"{RESULTS}/benchmarks/report.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        program=program("report"),
        results=lambda wildcards, input: os.path.dirname(input.dataset[0]),
        settings=lambda wildcards: settings_text("report", MAKER.report(snakemake.__version__)),
    message:
        "Writing the report"
    shell:
        "python {params.program:q} --results {params.results:q} --settings {params.settings:q}"
        " --output {output.page:q} --methods {output.methods:q} --references {output.references:q}"
        " --costs {output.costs:q} 2> {log:q}"
