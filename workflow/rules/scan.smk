# What every model predicts along genomes.

# It refuses what cannot be scanned or drawn, and has the lengths of contigs, which change only with
# what is read. So where it is written again, nothing is scanned again for that.
DESCRIBED = ancient(f"{RESULTS}/genomes/{{genome}}/observation.json")


rule scan:
    input:
        plan=f"{RESULTS}/genomes/{{genome}}/plan.json",
        contigs=contig_stores,
        observation=DESCRIBED,
        mask=genome_mask,
        lists=genome_lists,
        windows=genome_windows,
        models=models(),
        calibration=rules.calibrate.output,
        references=references(),
    output:
        f"{RESULTS}/genomes/{{genome}}/scanned/{{part}}.parquet",
    log:
        f"{RESULTS}/logs/scan/{{genome}}/{{part}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/scan/{{genome}}/{{part}}.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        program=program("scan"),
        part=name_genome_part,
        contigs=lambda wildcards, input: os.path.dirname(input.contigs[0]),
        models=lambda wildcards, input: within("models", input.models),
        settings=lambda wildcards: settings_text(
            "scan", MAKER.scan(wildcards.genome, MODEL_FOLDERS, int(wildcards.part))
        ),
    message:
        "Scanning genomes: {params.part}"
    shell:
        "python {params.program:q} --plan {input.plan:q} --contigs {params.contigs:q}"
        " --models {params.models:q} --settings {params.settings:q} --output {output:q} 2> {log:q}"


rule join_scan:
    input:
        scanned=scanned_parts,
        observation=DESCRIBED,
        models=models(),
        references=references(),
        # Which of them is the best, and shown.
        validation=f"{RESULTS}/validation.tsv",
        genes=genome_genes,
    output:
        table=f"{RESULTS}/genomes/{{genome}}/windows.tsv",
        bed=f"{RESULTS}/genomes/{{genome}}/windows.bed",
        regions=f"{RESULTS}/genomes/{{genome}}/regions.tsv",
        regions_bed=f"{RESULTS}/genomes/{{genome}}/regions.bed",
        verdict=f"{RESULTS}/genomes/{{genome}}/verdict.json",
        figure=report(
            f"{RESULTS}/genomes/{{genome}}/scan.png",
            caption="../report/scan.rst",
            category="4 Genomes",
        ),
        svg=f"{RESULTS}/genomes/{{genome}}/scan.svg",
    log:
        f"{RESULTS}/logs/join_scan/{{genome}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/join_scan/{{genome}}.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("join_scan"),
        scanned=lambda wildcards, input: os.path.dirname(input.scanned[0]),
        models=lambda wildcards, input: within("models", input.models),
        folder=lambda wildcards, output: os.path.dirname(output.table),
        settings=lambda wildcards: settings_text(
            "join_scan", MAKER.join_scan(wildcards.genome, MODEL_FOLDERS)
        ),
    message:
        "Joining scans of genomes: {wildcards.genome}"
    shell:
        "python {params.program:q} --scanned {params.scanned:q}"
        " --observation {input.observation:q} --models {params.models:q}"
        " --validation {input.validation:q} --settings {params.settings:q}"
        " --output {params.folder:q} 2> {log:q}"


rule paint_genome:
    input:
        plan=f"{RESULTS}/genomes/{{genome}}/plan.json",
        contigs=contig_stores,
        observation=DESCRIBED,
        mask=genome_mask,
        lists=genome_lists,
        windows=genome_windows,
        models=models(),
        calibrations=rules.judge_ancestry.output.calibrations,
        truth=true_ancestry,
    output:
        bed=f"{RESULTS}/genomes/{{genome}}/ancestry.bed",
        table=f"{RESULTS}/genomes/{{genome}}/ancestry.tsv",
        judged=f"{RESULTS}/genomes/{{genome}}/ancestry_judged.tsv",
        figure=report(
            f"{RESULTS}/genomes/{{genome}}/ancestry.png",
            caption="../report/scan.rst",
            category="4 Genomes",
        ),
        svg=f"{RESULTS}/genomes/{{genome}}/ancestry.svg",
    log:
        f"{RESULTS}/logs/paint_genome/{{genome}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/paint_genome/{{genome}}.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        program=program("paint_genome"),
        contigs=lambda wildcards, input: os.path.dirname(input.contigs[0]),
        models=lambda wildcards, input: within("models", input.models),
        folder=lambda wildcards, output: os.path.dirname(output.bed),
        truth=lambda wildcards, input: ["--truth", input.truth] if input.truth else [],
        settings=lambda wildcards: settings_text(
            "paint_genome", MAKER.scan(wildcards.genome, MODEL_FOLDERS, 0)
        ),
    message:
        "Painting the haplotypes of genomes: {wildcards.genome}"
    shell:
        "python {params.program:q} --plan {input.plan:q} --contigs {params.contigs:q}"
        " --models {params.models:q} --settings {params.settings:q} {params.truth:q}"
        " --output {params.folder:q} 2> {log:q}"


rule draw_contigs:
    input:
        scanned=scanned_parts,
        observation=f"{RESULTS}/genomes/{{genome}}/observation.json",
        models=models(),
        references=references(),
        validation=f"{RESULTS}/validation.tsv",
        genes=genome_genes,
    output:
        report(
            directory(f"{RESULTS}/genomes/{{genome}}/pictures"),
            patterns=["{contig}.png"],
            caption="../report/scan.rst",
            category="4 Genomes",
        ),
    log:
        f"{RESULTS}/logs/draw_contigs/{{genome}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_contigs/{{genome}}.tsv"
    wildcard_constraints:
        genome=one_of(name for name, genome in CONFIG.genomes.items() if genome.show),
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("draw_contigs"),
        scanned=lambda wildcards, input: os.path.dirname(input.scanned[0]),
        models=lambda wildcards, input: within("models", input.models),
        settings=lambda wildcards: settings_text(
            "draw_contigs", MAKER.draw_contigs(wildcards.genome, MODEL_FOLDERS)
        ),
    message:
        "Drawing contigs of genomes: {wildcards.genome}"
    shell:
        "python {params.program:q} --scanned {params.scanned:q}"
        " --observation {input.observation:q} --models {params.models:q}"
        " --validation {input.validation:q} --settings {params.settings:q} --output {output:q} 2> {log:q}"


rule draw_regions:
    input:
        regions=f"{RESULTS}/genomes/{{genome}}/regions.tsv",
        scanned=scanned_parts,
        observation=f"{RESULTS}/genomes/{{genome}}/observation.json",
        plan=f"{RESULTS}/genomes/{{genome}}/plan.json",
        contigs=contig_stores,
        mask=genome_mask,
        lists=genome_lists,
        models=models(),
        references=references(),
        validation=f"{RESULTS}/validation.tsv",
        genes=genome_genes,
    output:
        report(
            directory(f"{RESULTS}/genomes/{{genome}}/regions"),
            patterns=["{region}.png"],
            caption="../report/region.rst",
            category="4 Genomes",
        ),
    log:
        f"{RESULTS}/logs/draw_regions/{{genome}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/draw_regions/{{genome}}.tsv"
    wildcard_constraints:
        genome=one_of(name for name, genome in CONFIG.genomes.items() if genome.has_region_pictures),
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("draw_regions"),
        scanned=lambda wildcards, input: os.path.dirname(input.scanned[0]),
        contigs=lambda wildcards, input: os.path.dirname(input.contigs[0]),
        models=lambda wildcards, input: within("models", input.models),
        settings=lambda wildcards: settings_text(
            "draw_regions", MAKER.draw_regions(wildcards.genome, MODEL_FOLDERS)
        ),
    message:
        "Drawing regions of genomes: {wildcards.genome}"
    shell:
        "python {params.program:q} --regions {input.regions:q} --scanned {params.scanned:q}"
        " --observation {input.observation:q} --plan {input.plan:q} --contigs {params.contigs:q}"
        " --models {params.models:q} --validation {input.validation:q}"
        " --settings {params.settings:q} --output {output:q} 2> {log:q}"


rule export_scan:
    input:
        scanned=scanned_parts,
        observation=DESCRIBED,
        models=models(),
        references=references(),
        genes=genome_genes,
    output:
        directory(f"{RESULTS}/genomes/{{genome}}/{{format}}"),
    log:
        f"{RESULTS}/logs/export_scan/{{genome}}/{{format}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/export_scan/{{genome}}/{{format}}.tsv"
    wildcard_constraints:
        format=one_of(FORMATS),
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("export_scan"),
        scanned=lambda wildcards, input: os.path.dirname(input.scanned[0]),
        models=lambda wildcards, input: within("models", input.models),
        settings=lambda wildcards: settings_text(
            "export_scan", MAKER.export_scan(wildcards.genome, MODEL_FOLDERS, wildcards.format)
        ),
    message:
        "Writing scans for genome browsers: {wildcards.genome}, {wildcards.format}"
    shell:
        "python {params.program:q} --scanned {params.scanned:q}"
        " --observation {input.observation:q} --models {params.models:q}"
        " --settings {params.settings:q} --output {output:q} 2> {log:q}"
