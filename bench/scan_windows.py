"""What scanning a genome costs: from the file to the table of windows, start-up included.

A genome of 200 diploids is scanned by a net that reads 20 of them, against reading all of its
genotypes by cyvcf2 and nothing else. Others, of 20 and of 200 haplotypes, are scanned in windows of
55 kb, one every 5 kb, by nets that read all haplotypes, against diploS/HIC (``fvecVcf`` and
``predict``), which describes the same windows by 11 parts. Nets are not trained, which takes no
other time. They are calibrated and compared with the null and with training windows as those of a
run are, but with random ones. In both, plan_genome.py, read_contigs.py and scan.py count.

    python bench/scan_windows.py --records 1000000 --bases 20000000 --memory 1000000

diploS/HIC is in an environment of its own (``pip install diploSHIC "pandas<3"``): ``--diploshic``
is its program there, ``bin/diploSHIC``. With ``--memory``, scan.py reads two genomes, the second
with ten times as many records. Its memory should be the same.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import genome_files
import measuring

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.scans.significance import Significance
from coalflow.config.schema.targets import ParameterTarget, StatisticTarget, Targets
from coalflow.config.schema.training import Recipe
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.config.settings.observing import (
    PlanGenomeSettings,
    ReadContigsSettings,
    ScanSettings,
)
from coalflow.config.settings.references.reference import MakeReferenceSettings
from coalflow.config.settings.view import SimulatedView, View
from coalflow.dataset.target_scaling import TargetScale
from coalflow.evaluation.calibration.calibration import fit_calibration
from coalflow.evaluation.calibration.calibration_files import write_calibrations
from coalflow.evaluation.cards import Card, NetInput, NetTraining, SimulatedWindows, TrainedOn
from coalflow.genomes.reference import simulated_windows
from coalflow.genomes.reference.building import Simulations, build_references
from coalflow.genomes.reference.reference import write_reference
from coalflow.models import nets
from coalflow.models.card_files import FORMAT
from coalflow.models.ensembles import add_ensembles, predict_all
from coalflow.models.storage.loading import load_models
from coalflow.models.storage.nets import save_net
from coalflow.models.training.losses import count_outputs
from coalflow.windows.packed_windows import Windows

WINDOW, STEP, PARTS = 55_000, 5_000, 11  # bases, and how diploS/HIC cuts a window
NUMBER = Targets(definitions={"tajimas_d": StatisticTarget(statistic="tajimas_d")})
CLASSES = Targets(
    definitions={"sweep": ParameterTarget(parameter="sweep")},
    classes=("hard", "linked_hard", "linked_soft", "neutral", "soft"),
)
LIMITS = SimulatedWindows(p=0.001, gap=0.5, sites=10, reach=0.5, missing=0.1)
TRAINING, HELD_OUT = 400, 200  # random windows, with which those of a genome are compared
FLAT = 1.1  # times the memory, of ten times as many records
READ = """
import cyvcf2, sys
for record in cyvcf2.VCF(sys.argv[1]):
    record.genotype.array()
"""


@dataclasses.dataclass(frozen=True)
class Scan:
    """A net over a genome.

    Attributes
    ----------
    net : str
    individuals : int
        Diploids that it reads.
    encoding : Encoding
    targets : Targets
    step : int
        From one window to the next, in sites, or in bases with padding.
    """

    net: str
    individuals: int
    encoding: Encoding
    targets: Targets
    step: int

    @property
    def samples(self) -> Samples:
        """Whose haplotypes the net reads."""
        return Samples.from_config(self.individuals, 2)

    @property
    def view(self) -> View:
        """What the net sees of a window."""
        return View(
            observation=Observation(),
            encoding=self.encoding,
            samples=self.samples,
            targets=self.targets,
        )

    @property
    def options(self) -> GenomeOptions:
        """How genomes are read, and cut into windows."""
        length = self.encoding.length if self.encoding.pad else None
        return GenomeOptions(seed=1, step=self.step, length=length)

    def save_net(self, folder: pathlib.Path) -> None:
        """Write the net, whose weights are random."""
        shape = NetInput(sites=self.encoding.sites, haplotypes=2 * self.individuals, channels=1)
        is_class = self.targets.has_classes
        recipe = Recipe(loss="cross_entropy" if is_class else "squared")
        net = nets.build_net(self.net, shape, count_outputs(recipe.loss, self.targets))
        scales = {name: TargetScale(log=False, mean=0, sd=1) for name in self.targets.names}
        training = NetTraining(recipe=recipe, inputs=(), weights=0, best_epoch=1, device="cpu")
        targets = dict.fromkeys(self.targets.classes or (), 1)
        known = TrainedOn(replicates=0, targets=targets, parameters={}, windows=LIMITS)
        card = Card(
            format=FORMAT,
            kind="net",
            model=self.net,
            input=shape,
            view=self.view,
            scales=None if is_class else scales,
            trained_on=known,
            net=training,
        )
        save_net(folder / self.net / "0", net, card)
        self._save_extras(folder)

    def _save_extras(self, folder: pathlib.Path) -> None:
        """Write how the net is calibrated, and what genomes are compared with: random windows."""
        models = add_ensembles(load_models(folder, [f"{self.net}/0"]))
        ((name, model),) = models.items()
        train, held_out = self._describe_windows(TRAINING), self._describe_windows(HELD_OUT)
        predicted = predict_all(models, held_out.windows)
        generator = np.random.default_rng(1)
        if self.targets.classes is not None:
            truth = generator.integers(len(self.targets.classes), size=HELD_OUT)
        else:
            truth = generator.normal(size=(HELD_OUT, 1))
        predictands = model.card.predictands
        calibrations = {name: fit_calibration(truth, predicted[name], predictands, seed=1)}
        simulations = Simulations(
            train=train,
            held_out=held_out,
            is_null=np.ones(HELD_OUT, dtype=bool),
            predictions=predict_all(models, held_out.windows, calibrations=calibrations),
            blocks=None,
        )
        settings = MakeReferenceSettings(
            seed=1,
            nets=(self.net,),
            restarts=1,
            baselines=(),
            view=SimulatedView(encoding=self.encoding, samples=self.samples, targets=self.targets),
            significance=Significance(windows=0),
            false_alarms=0.01,
            neutral_classes=("neutral",) if self.targets.has_classes else (),
            length=WINDOW,
            options=self.options,
        )
        write_calibrations(folder / self.net, calibrations)
        references = build_references(simulations, models, calibrations, settings)
        write_reference(folder / self.net, references[self.net])

    def _describe_windows(self, count: int) -> simulated_windows.SimulatedWindows:
        """Return random windows with their statistics."""
        generator = np.random.default_rng(count)
        shape = count, self.encoding.sites
        mask = np.ones(shape, dtype=bool)
        frequencies = generator.random((*shape, 1))
        haplotypes = self.samples.number_of_haplotypes
        alleles = (generator.random((*shape, haplotypes)) < frequencies).astype(np.uint8)
        positions = np.sort(generator.random(shape, dtype=np.float32), axis=1)
        windows = Windows.pack(alleles, positions, mask)
        sizes = np.full(count, float(self.encoding.sites if self.encoding.pad else WINDOW))
        return simulated_windows.SimulatedWindows(
            windows, simulated_windows.describe(windows, sizes, self.view)
        )

    def run(self, genome: pathlib.Path, folder: pathlib.Path) -> measuring.Cost:
        """Read and scan a genome; return seconds of all programs, and the memory of the scan."""
        options = self.options
        plan, contigs = folder / "plan.json", folder / "contigs"
        programs = {
            "plan_genome": PlanGenomeSettings(
                options=options, samples=self.samples, phased=True, parts=1
            ),
            "read_contigs": ReadContigsSettings(options=options, part=0),
            "scan": ScanSettings(
                options=options,
                samples=self.samples,
                models=(f"{self.net}/0",),
                packed=(self.net,),
                part=0,
                parts=1,
            ),
        }
        paths = {
            "plan_genome": {"genome": genome, "output": plan},
            "read_contigs": {"genome": genome, "plan": plan, "output": contigs / "000.npz"},
            "scan": {
                "plan": plan,
                "contigs": contigs,
                "models": folder,
                "output": folder / "windows.parquet",
            },
        }
        costs = {
            name: run_program(name, settings.model_dump_json(), **paths[name])
            for name, settings in programs.items()
        }
        seconds = sum(cost.seconds for cost in costs.values())
        return measuring.Cost(seconds, costs["scan"].memory)


def main() -> None:
    """Time scans against reading and against diploS/HIC, and watch their memory."""
    parser = measuring.make_parser(__doc__, rounds=2)
    parser.add_argument("--records", type=int, default=100_000, help="of the genome that is read")
    parser.add_argument("--bases", type=int, default=5_000_000, help="of those of 55 kb windows")
    parser.add_argument("--diploshic", type=pathlib.Path, help="the program diploSHIC")
    parser.add_argument("--memory", type=int, metavar="RECORDS", help="of the smaller genome")
    arguments = parser.parse_args()
    os.environ.update(measuring.ONE_THREAD)
    rows: list[measuring.Row] = []
    left_out = [] if arguments.diploshic else ["diploS/HIC: --diploshic was not given"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rows += compare_with_reading(folder, arguments.records, arguments.rounds)
        measuring.write_rows(rows, arguments.output, left_out)
        if arguments.diploshic:
            program = arguments.diploshic.absolute()
            rows += compare_with_diploshic(folder, program, arguments.bases, arguments.rounds)
        if arguments.memory:
            rows += watch_memory(folder, arguments.memory)
    measuring.hand_over(rows, arguments.output, left_out)


def compare_with_reading(folder: pathlib.Path, records: int, rounds: int) -> list[measuring.Row]:
    """Return the row of a whole scan against reading all genotypes of the file."""
    genome = folder / "read.vcf.gz"
    genome_files.write_genome(genome, 200, records)
    scan = Scan("flagel_tajimas_d", 20, Encoding(sites=40), NUMBER, step=20)
    scan.save_net(folder)
    ways = {
        "coalflow": lambda: scan.run(genome, folder).seconds,
        "cyvcf2": measuring.time_command([sys.executable, "-c", READ, genome]),
    }
    times = measuring.time_rounds(ways, rounds, warm_up=0)
    what = f"scan by 20 of 200 diploids, {records:,} records; cyvcf2 reads genotypes of all"
    mark = measuring.Mark(">=", 1 / 2)
    return [measuring.compare(what, times, "coalflow", "cyvcf2", mark=mark)]


def compare_with_diploshic(
    folder: pathlib.Path, program: pathlib.Path, bases: int, rounds: int
) -> list[measuring.Row]:
    """Return rows of nets of 20 and 200 haplotypes, against diploS/HIC."""
    model = train_diploshic(folder, program)
    rows = []
    for individuals, sites in ((10, 128), (100, 256)):
        genome = folder / f"{individuals}.vcf.gz"
        genome_files.write_genome(genome, individuals, 10**9, bases)
        encoding = Encoding(sites=sites, pad=True, length=WINDOW)
        scans = {
            name: Scan(name, individuals, encoding, CLASSES, STEP)
            for name in ("coalflow", "flagel_sweeps")
        }
        ways = {"diploS/HIC": lambda: run_diploshic(program, model, genome, bases, folder)}  # noqa: B023
        for name, scan in scans.items():
            scan.save_net(folder)
            ways[name] = lambda scan=scan: scan.run(genome, folder).seconds  # noqa: B023
        times = measuring.time_rounds(ways, rounds, warm_up=0)
        rows += [
            measuring.compare(
                f"windows of 55 kb of {2 * individuals} haplotypes in {bases / 1e6:g} Mb, {name}",
                times,
                name,
                "diploS/HIC",
                amount=(bases - WINDOW) // STEP + 1,
                unit="windows/s",
                mark=measuring.Mark(">=", 3),
            )
            for name in scans
        ]
    return rows


def train_diploshic(folder: pathlib.Path, program: pathlib.Path) -> pathlib.Path:
    """Return a model of diploS/HIC, learned in one pass from the examples that come with it."""
    (examples,) = program.parents[1].glob("lib/python*/site-packages/diploshic/training")
    model = folder / "diploshic"
    words = ["train", "--epochs", "1", f"{examples}/", f"{examples}/", model]
    measuring.run_command([program, *words], stderr=subprocess.DEVNULL)
    return model


def run_diploshic(
    program: pathlib.Path,
    model: pathlib.Path,
    genome: pathlib.Path,
    bases: int,
    folder: pathlib.Path,
) -> float:
    """Return the seconds that diploS/HIC takes for a genome."""
    features, predicted = folder / "windows.fvec", folder / "windows.txt"
    sizes = ["--winSize", str(WINDOW), "--numSubWins", str(PARTS)]
    files = [model.with_suffix(".json"), model.with_suffix(".weights.h5"), features, predicted]
    commands = [
        ["fvecVcf", *sizes, "diploid", genome, "1", str(bases), features],
        ["predict", *files],
    ]
    quiet = {"stderr": subprocess.DEVNULL}
    return sum(measuring.run_command([program, *command], **quiet).seconds for command in commands)


def watch_memory(folder: pathlib.Path, records: int) -> list[measuring.Row]:
    """Return how much memory a scan takes, of two genomes."""
    scan = Scan("flagel_tajimas_d", 20, Encoding(sites=40), NUMBER, step=20)
    scan.save_net(folder)
    measured = {}
    for number in (records, 10 * records):
        genome = folder / f"{number}.vcf.gz"
        genome_files.write_genome(genome, 20, number)
        measured[number] = scan.run(genome, folder).memory
        genome.unlink()
    smaller = measured[records]
    return [
        measuring.Row(
            f"memory of scan.py, {number:,} records, 20 diploids",
            measuring.Spread.from_values([memory]),
            "MiB",
            f"{records:,} records" if number > records else "",
            measuring.Spread.from_values([smaller / memory]) if number > records else None,
            measuring.Mark(">=", 1 / FLAT) if number > records else None,
        )
        for number, memory in measured.items()
    ]


def run_program(name: str, settings: str, **paths: pathlib.Path) -> measuring.Cost:
    """Run a program of a rule by hand."""
    options = [word for key, path in paths.items() for word in (f"--{key}", str(path))]
    program = ROOT / "scripts" / f"{name}.py"
    quiet = {"stderr": subprocess.DEVNULL}
    return measuring.run_command(
        [sys.executable, program, "--settings", settings, *options], **quiet
    )


if __name__ == "__main__":
    main()
