# Replicates of every cell, in shards, from simulations made elsewhere.


rule import_simulations:
    input:
        files=lambda wildcards: MAKER.list_imported_files(find_cell(wildcards.cell)),
    output:
        # All shards of a cell, since its files are read only once.
        shards=[f"{RESULTS}/shards/{{cell}}/{shard}" for shard in SHARDS],
        remarks=f"{RESULTS}/imports/{{cell}}.json",
    log:
        f"{RESULTS}/logs/import_simulations/{{cell}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/import_simulations/{{cell}}.tsv"
    # First of all, so that a file that cannot be used is noticed before hours of work.
    priority: 2
    conda:
        "../../envs/simulate.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
    params:
        program=program("import_simulations"),
        folder=lambda wildcards, output: os.path.dirname(output.shards[0]),
        settings=lambda wildcards: settings_text(
            "import_simulations", MAKER.import_simulations(find_cell(wildcards.cell))
        ),
    message:
        "Importing simulations (cell {wildcards.cell})"
    shell:
        "python {params.program:q} --settings {params.settings:q} --output {params.folder:q}"
        " --remarks {output.remarks:q} 2> {log:q}"
