"""Flex-sweep 2 for bench/power.py; it runs in the Python where Flex-sweep 2 is installed.

    python bench/power_flexsweep.py train SIMULATIONS      # fvs.parquet, model.keras
    python bench/power_flexsweep.py scan SIMULATIONS GENOMES --step 100000

SIMULATIONS has params.txt.gz and the folders neutral and sweep with a file of ms for each window;
GENOMES has VCF files with their indices, each with one chromosome. The command line of version 2.0
does not train (``flexsweep cnn`` takes options that its function does not know), so its classes are
used.
"""

import argparse
import pathlib

import flexsweep

LENGTH, STEP = 1_200_000, 100_000  # its defaults: bases of a window, and of its parts
CENTERS = [0, LENGTH]


def main() -> None:
    """Read the arguments, and train or scan."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=["train", "scan"])
    parser.add_argument("simulations", type=pathlib.Path)
    parser.add_argument("genomes", type=pathlib.Path, nargs="?")
    parser.add_argument("--step", type=int, default=STEP)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    folder = str(arguments.simulations)
    sizes = {"windows": [STEP], "step": STEP, "locus_length": LENGTH}
    network = {"output_folder": folder, "center": CENTERS, "step": STEP}
    if arguments.task == "train":
        flexsweep.summary_statistics(folder, vcf=False, nthreads=arguments.threads, **sizes)
        flexsweep.CNN(train_data=f"{folder}/fvs.parquet", **network).train()
        return
    genomes = str(arguments.genomes)
    flexsweep.summary_statistics(
        genomes,
        vcf=True,
        nthreads=arguments.threads,
        step_vcf=arguments.step,
        suffix="power",
        **sizes,
    )
    features = f"{genomes}/fvs_power.parquet"
    model = flexsweep.CNN(predict_data=features, model=f"{folder}/model.keras", **network)
    model.predict(fname="predictions.txt")


if __name__ == "__main__":
    main()
