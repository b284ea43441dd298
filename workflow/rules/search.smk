# A better recipe, found on validation data: `snakemake search`.

SEARCHED = MAKER.searched_net
TRIALS, PER_ROUND = CONFIG.search.trials, CONFIG.search.trials_per_round
SEARCH = f"{RESULTS}/search/{SEARCHED}"


rule propose_recipes:
    input:
        earlier=lambda wildcards: expand(
            f"{SEARCH}/{{file}}",
            file=[
                *(f"recipes/{index}.json" for index in range(int(wildcards.round))),
                *(
                    f"trials/{trial}/card.json"
                    for trial in range(int(wildcards.round) * PER_ROUND)
                ),
            ],
        ),
    output:
        f"{SEARCH}/recipes/{{round}}.json",
    log:
        f"{RESULTS}/logs/propose_recipes/{SEARCHED}/{{round}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/propose_recipes/{SEARCHED}/{{round}}.tsv"
    conda:
        "../../envs/search.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        program=program("propose_recipes"),
        folder=lambda wildcards, output: os.path.dirname(os.path.dirname(output[0])),
        settings=lambda wildcards: settings_text(
            "propose_recipes", MAKER.propose_recipes(int(wildcards.round))
        ),
    message:
        "Proposing recipes: round {wildcards.round}"
    shell:
        "python {params.program:q} --search {params.folder:q} --settings {params.settings:q}"
        " --output {output:q} 2> {log:q}"


use rule train as try_recipe with:
    input:
        shards=shards(),
        observation=OBSERVED,
        split=f"{RESULTS}/split.parquet",
        recipes=lambda wildcards: f"{SEARCH}/recipes/{int(wildcards.trial) // PER_ROUND}.json",
    output:
        weights=f"{RESULTS}/search/{{net}}/trials/{{trial}}/model.safetensors",
        card=f"{RESULTS}/search/{{net}}/trials/{{trial}}/card.json",
        history=f"{RESULTS}/search/{{net}}/trials/{{trial}}/history.tsv",
    log:
        f"{RESULTS}/logs/try_recipe/{{net}}/{{trial}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/try_recipe/{{net}}/{{trial}}.tsv"
    wildcard_constraints:
        net=one_of([SEARCHED]),
    message:
        "Trying recipes: {wildcards.net}, recipe {wildcards.trial}"


rule search:
    input:
        recipes=[f"{SEARCH}/recipes/{index}.json" for index in range(-(-TRIALS // PER_ROUND))],
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
        settings=lambda wildcards: settings_text("search", MAKER.search()),
    message:
        "Comparing the recipes that were tried"
    shell:
        "python {params.program:q} --search {params.folder:q} --settings {params.settings:q}"
        " --output {output.table:q} --best {output.best:q} --figure {output.figure:q}"
        " 2>&1 | tee {log:q}"
