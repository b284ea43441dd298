# Genomes, real or simulated: read once, by several jobs, and kept as stores of their usable sites.


rule simulate_genome:
    input:
        simulated_genome_map,
    output:
        genome=f"{RESULTS}/genomes/{{genome}}/simulated.vcf.gz",
        truth=f"{RESULTS}/genomes/{{genome}}/truth.tsv",
        # Where it is predicted, so that the genome is judged by it.
        ancestry=(
            f"{RESULTS}/genomes/{{genome}}/ancestry_truth.bed" if CONFIG.targets.at_sites else []
        ),
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
        ancestry=lambda wildcards, output: (
            ["--ancestry", output.ancestry] if output.ancestry else []
        ),
        settings=lambda wildcards: settings_text(
            "simulate_genome", MAKER.simulate_genome(wildcards.genome)
        ),
    message:
        "Simulating genomes: {wildcards.genome}"
    shell:
        "python {params.program:q} --settings {params.settings:q} --output {output.genome:q}"
        " --truth {output.truth:q} {params.ancestry:q} 2> {log:q}"


# First of all, so that a file that cannot be used is noticed before hours of work.
rule plan_genome:
    input:
        genome=genome_file,
        lists=genome_lists,
    output:
        f"{RESULTS}/genomes/{{genome}}/plan.json",
    log:
        f"{RESULTS}/logs/plan_genome/{{genome}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/plan_genome/{{genome}}.tsv"
    priority: 3
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        program=program("plan_genome"),
        settings=lambda wildcards: settings_text("plan_genome", MAKER.plan_genome(wildcards.genome)),
    message:
        "Choosing who is read: {wildcards.genome}"
    shell:
        "python {params.program:q} --genome {input.genome:q} --settings {params.settings:q}"
        " --output {output:q} 2> {log:q}"


rule read_contigs:
    input:
        genome=genome_file,
        index=genome_index,
        lists=genome_lists,
        plan=f"{RESULTS}/genomes/{{genome}}/plan.json",
    output:
        f"{RESULTS}/genomes/{{genome}}/contigs/{{part}}.npz",
    log:
        f"{RESULTS}/logs/read_contigs/{{genome}}/{{part}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/read_contigs/{{genome}}/{{part}}.tsv"
    priority: 2
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
    params:
        program=program("read_contigs"),
        part=name_genome_part,
        settings=lambda wildcards: settings_text(
            "read_contigs", MAKER.read_contigs(wildcards.genome, int(wildcards.part))
        ),
    message:
        "Reading genomes: {params.part}"
    shell:
        "python {params.program:q} --genome {input.genome:q} --plan {input.plan:q}"
        " --settings {params.settings:q} --output {output:q} 2> {log:q}"


rule observe_genome:
    input:
        plan=f"{RESULTS}/genomes/{{genome}}/plan.json",
        parts=contig_stores,
        observation=OBSERVED[0],
        mask=genome_mask,
        lists=genome_lists,
        windows=genome_windows,
        genes=genome_genes,
    output:
        f"{RESULTS}/genomes/{{genome}}/observation.json",
    log:
        f"{RESULTS}/logs/observe_genome/{{genome}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/observe_genome/{{genome}}.tsv"
    priority: 2
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        program=program("observe_genome"),
        contigs=lambda wildcards, input: os.path.dirname(input.parts[0]),
        settings=lambda wildcards: settings_text(
            "observe_genome", MAKER.observe_genome(wildcards.genome)
        ),
    message:
        "Describing genomes: {wildcards.genome}"
    shell:
        "python {params.program:q} --plan {input.plan:q} --contigs {params.contigs:q}"
        " --observation {input.observation:q} --settings {params.settings:q}"
        " --output {output:q} 2> {log:q}"
