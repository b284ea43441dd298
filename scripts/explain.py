"""Picture one test window and what each layer of a net answers to it."""

from coalflow import dataset, explanation, figures, models
from coalflow.arguments import parse
from coalflow.errors import run_program


def main():
    """Read a net and the test windows, draw its activations for a typical one."""
    arguments = parse(
        __doc__,
        settings="observation, encoding, target",
        split="split.parquet",
        shards="folder of all shards",
        model="the net's folder",
        figure="the picture, .png",
    )

    model = models.load(arguments.model)
    table = dataset.read_split_table(arguments.split)
    test = table[table["split"] == "test"].reset_index(drop=True)
    place = explanation.typical_replicate(test[arguments.settings["target"]].to_numpy())
    window = dataset.load(test.iloc[[place]], arguments.shards, arguments.settings)
    outputs = explanation.layer_outputs(model, window.matrices)
    row = window.table.iloc[0]
    title = (
        f"{model.name} on test window {row['replicate']} of {row['cell']}\n"
        f"{figures.TITLES[model.card['target']]}: true {window.target[0]:.3f}, "
        f"predicted {model.predict(window.matrices)[0]:.3f}"
    )
    figure = figures.activations(
        window.matrices[0], {name: output[0] for name, output in outputs.items()}, title
    )
    figures.save(figure, arguments.figure)


if __name__ == "__main__":
    run_program(main)
