"""Settings longer than a shell's command may be: as a dry run says, so the run does."""

import yaml
from helpers.workflow import RESULTS, TINY, planned, succeed

LONGEST_COMMAND = 128 * 1024  # bytes, of Linux
SETTINGS = RESULTS / "settings"


def write_config(folder, name, **simulation):
    """Write a config of one cell; return it."""
    config = yaml.safe_load((folder / TINY).read_text())
    config["genomes"] = {}
    del config["simulation"]["grid"]
    config["simulation"]["demography"] = {} if "prior" in simulation else {"population_size": 10000}
    config["simulation"].update(replicates=20, shard_size=10, **simulation)
    (folder / name).write_text(yaml.safe_dump(config))
    return config


def test_a_prior_of_12_000_values(fresh):
    values = [value + 0.125 for value in range(10_000, 22_000)]
    simulation = {"prior": {"population_size": {"categorical": {"values": values}}}}
    write_config(fresh, "long.yaml", **simulation)
    shard, options = str(RESULTS / "shards" / "all" / "00000.npz"), {"configs": ["long.yaml"]}
    assert planned(fresh, shard, **options)["simulate"] == 1
    assert not (fresh / RESULTS).exists()
    succeed(fresh, shard, **options)
    files = list((fresh / SETTINGS).iterdir())  # of those who plan, and of those who describe
    assert min(file.stat().st_size for file in files) > LONGEST_COMMAND

    # Their length runs nothing again, another value does.
    assert not planned(fresh, shard, **options)
    values[7] = 10007.5
    write_config(fresh, "long.yaml", **simulation)
    assert planned(fresh, shard, **options) == {"simulate": 1, "total": 1}


def test_8_000_named_samples(fresh):
    names = [f"individual_number_{index}" for index in range(8000)]
    config = write_config(fresh, "named.yaml", samples=8000)
    config["genomes"] = {"mine": {"path": "mine.vcf", "samples": names[::-1]}}
    (fresh / "named.yaml").write_text(yaml.safe_dump(config))
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *names]
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=1>"]
    lines.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
    lines.append("\t".join(columns))
    for position in range(1, 100):
        genotypes = ["0|1", *8 * ["0|0"]] if position % 2 else ["0|0", "1|1", *7 * ["0|1"]]
        row = ["1", str(10 * position), ".", "A", "T", ".", ".", ".", "GT"]
        lines.append("\t".join([*row, *(genotypes * 1000)[:8000]]))
    (fresh / "mine.vcf").write_text("\n".join(lines) + "\n")
    target = str(RESULTS / "genomes" / "mine" / "observation.json")
    succeed(fresh, target, configs=["named.yaml"])
    files = list((fresh / SETTINGS).iterdir())  # of those who plan, and of those who describe
    assert min(file.stat().st_size for file in files) > LONGEST_COMMAND
    assert not planned(fresh, target, configs=["named.yaml"])
