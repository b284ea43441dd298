# A better recipe, found on validation data: `snakemake search`.

SEARCHED = config["search"].get("net", NETS[0])
TRIALS = config["search"]["trials"]
SEARCH = f"{RESULTS}/search/{SEARCHED}"


rule propose_recipes:
    input:
        earlier=lambda wildcards: expand(
            f"{SEARCH}/{{file}}",
            file=[
                *(f"recipes/{number}.json" for number in range(int(wildcards.proposals))),
                *(
                    f"trials/{trial}/card.json"
                    for trial in range(int(wildcards.proposals) * AT_ONCE)
                ),
            ],
        ),
    output:
        f"{SEARCH}/recipes/{{proposals}}.json",
    log:
        f"{RESULTS}/logs/propose_recipes/{SEARCHED}/{{proposals}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/propose_recipes/{SEARCHED}/{{proposals}}.tsv"
    conda:
        "../../envs/search.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        program=program("propose_recipes"),
        folder=lambda wildcards, output: os.path.dirname(os.path.dirname(output[0])),
        settings=lambda wildcards: settings(
            "propose_recipes",
            "seed",
            space=config["search"]["space"],
            first=int(wildcards.proposals) * AT_ONCE,
            at_once=AT_ONCE,
        ),
    shell:
        "python {params.program:q} --search {params.folder:q} --settings {params.settings:q}"
        " --output {output:q} 2> {log:q}"


use rule train as try_recipe with:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
        recipes=lambda wildcards: f"{SEARCH}/recipes/{int(wildcards.trial) // AT_ONCE}.json",
    output:
        weights=f"{RESULTS}/search/{{net}}/trials/{{trial}}/model.safetensors",
        card=f"{RESULTS}/search/{{net}}/trials/{{trial}}/card.json",
        history=f"{RESULTS}/search/{{net}}/trials/{{trial}}/history.tsv",
    log:
        f"{RESULTS}/logs/try_recipe/{{net}}/{{trial}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/try_recipe/{{net}}/{{trial}}.tsv"


rule search:
    input:
        recipes=[f"{SEARCH}/recipes/{number}.json" for number in range(-(-TRIALS // AT_ONCE))],
        cards=[f"{SEARCH}/trials/{trial}/card.json" for trial in range(TRIALS)],
    output:
        table=f"{SEARCH}/search.tsv",
        best=f"{SEARCH}/best.yaml",
        figure=f"{SEARCH}/search.png",
        svg=f"{SEARCH}/search.svg",
    log:
        f"{RESULTS}/logs/search/{SEARCHED}.log",
    benchmark:
        f"{RESULTS}/benchmarks/search/{SEARCHED}.tsv"
    conda:
        "../../envs/analyse.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        program=program("search"),
        folder=lambda wildcards, input: within(f"search/{SEARCHED}", input.cards),
        settings=settings(
            "search",
            net=SEARCHED,
            space=config["search"]["space"],
            trials=TRIALS,
            at_once=AT_ONCE,
        ),
    shell:
        "python {params.program:q} --search {params.folder:q} --settings {params.settings:q}"
        " --output {output.table:q} --best {output.best:q} --figure {output.figure:q}"
        " 2>&1 | tee {log:q}"
