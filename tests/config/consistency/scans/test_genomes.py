"""What contradicts a genome on the disk."""

import json

import pytest
from helpers.configs import (
    HEADER,
    QUICKSTART,
    complaint,
    complaint_about,
    quickstart,
    read_files,
    write,
)

from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker


def genome_in(folder, monkeypatch, *lines):
    """Write ``mine.vcf.gz`` and a config with it, and go where they are."""
    monkeypatch.chdir(folder)
    write(folder, "", "mine.vcf.gz")
    return write(folder, "\n".join(["genomes:", "  mine:", *lines, ""]))


def test_a_genome_with_all_it_needs(tmp_path, monkeypatch):
    samples = [f"tsk_{number}" for number in range(10)]
    file = genome_in(
        tmp_path,
        monkeypatch,
        "    path: mine.vcf.gz",
        f"    samples: {json.dumps(samples)}",
        "    ancestral: AA",
        "observation: {polarised: true}",
    )
    assert read_files(QUICKSTART, file).genomes["mine"].samples == tuple(samples)


def test_a_genome_that_is_not_there(tmp_path, monkeypatch):
    file = genome_in(tmp_path, monkeypatch, "    path: mein.vcf.gz")
    assert complaint(QUICKSTART, file) == (
        f"{HEADER}  {file}:3: genomes.mine.path is 'mein.vcf.gz': there is no such file "
        f"(relative to {tmp_path})"
    )


def test_a_folder_is_no_genome(tmp_path, monkeypatch):
    file = genome_in(tmp_path, monkeypatch, "    path: .")
    assert "genomes.mine.path is '.': that is a folder, not a file" in complaint(QUICKSTART, file)


def test_a_path_longer_than_a_disk_allows(tmp_path, monkeypatch):
    file = genome_in(tmp_path, monkeypatch, f"    path: {'a' * 300}")
    assert "aaa...: it cannot be read (File name too long)" in complaint(QUICKSTART, file)


def test_polarised_needs_the_ancestral_allele(tmp_path, monkeypatch):
    file = genome_in(
        tmp_path, monkeypatch, "    path: mine.vcf.gz", "observation: {polarised: true}"
    )
    assert complaint(QUICKSTART, file) == (
        f"{HEADER}  {file}:2: genomes.mine.ancestral is missing: observation.polarised needs to "
        "know the ancestral allele (REF, an INFO field such as AA, or a FASTA file)"
    )


def test_an_ancestral_allele_that_is_not_used(tmp_path, monkeypatch):
    file = genome_in(tmp_path, monkeypatch, "    path: mine.vcf.gz", "    ancestral: AA")
    assert complaint(QUICKSTART, file) == (
        f"{HEADER}  {file}:4: genomes.mine.ancestral is 'AA', but observation.polarised is false, "
        "so it is not used: set that to true, or delete this"
    )


def test_as_many_individuals_as_simulated(tmp_path, monkeypatch):
    file = genome_in(tmp_path, monkeypatch, "    path: mine.vcf.gz", "    samples: [a, b, c]")
    assert complaint(QUICKSTART, file) == (
        f"{HEADER}  {file}:4: genomes.mine.samples lists 3 individuals, but simulation.samples "
        "is 10"
    )


# What is read of a file --------------------------------------------------------------------------

FILES = {
    "mine.vcf.gz": b"",
    "trees.trees": b"\x89KAS\r\n\x1a\n",
    "names.txt": b"a\n",
    "samples.panel": b"sample\tpop\n",
    "some.bed": b"1\t0\t9\n",
    "ancestor_1.fa": b">1\nA\n",
    "store/.zgroup": b"{}",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


def config_with(genome, **sections):
    config = quickstart()
    config["genomes"] = {"mine": {"path": "mine.vcf.gz", **genome}}
    for name, section in sections.items():
        config[name] = {**config.get(name, {}), **section}
    return config


def complaints(*args, **options):
    lines = complaint_about(config_with(*args, **options)).splitlines()[1:]
    return [line.removeprefix("  genomes.mine") for line in lines]


EVERYTHING = {
    "contigs": ["1", "2"],
    "exclude": "some.bed",
    "samples": "names.txt",
    "ancestral": {"fasta": "ancestor_{contig}.fa", "low_confidence": "drop"},
    "mask": "some.bed",
    "windows": "some.bed",
    "parts": 3,
    "draws": 4,
}


@pytest.mark.usefixtures("folder")
def test_all_that_is_read_of_a_file_is_in_its_options():
    config = read_config(
        config_with(EVERYTHING, observation={"polarised": True}, encoding={"pad": True})
    )
    options = SettingsMaker(config).genome_options("mine")
    assert options.selection.as_json() == {"contigs": ["1", "2"], "exclude": "some.bed"}
    assert (options.individuals, options.draws) == ("names.txt", 4)
    assert (options.mask, options.windows) == ("some.bed", "some.bed")
    assert options.ancestral.as_json() == EVERYTHING["ancestral"]
    assert type(options).model_validate_json(options.model_dump_json()) == options
    genome = config.genomes["mine"]
    assert [*genome.list_files_read()] == ["names.txt", "some.bed", "ancestor_1.fa"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("given", "mask"),
    [({}, "names.txt"), ({"mask": "some.bed"}, "some.bed"), ({"mask": "none"}, None)],
)
def test_a_genome_has_the_mask_of_the_observation_or_its_own_or_none(given, mask):
    config = read_config(config_with(given, observation={"mask": "names.txt"}))
    assert SettingsMaker(config).genome_options("mine").mask == mask


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "samples",
    [
        {"panel": "samples.panel"},
        {"panel": "samples.panel", "populations": ["CEU", "GBR"], "sample": "name"},
        "names.txt",
        [f"i{number}" for number in range(11)],
    ],
)
def test_individuals_are_given_in_several_ways(samples):
    config = read_config(config_with({"samples": samples}))
    options = SettingsMaker(config).genome_options("mine")
    assert options.as_json()["individuals"] == samples
    assert type(options).model_validate(options.as_json()) == options
    if isinstance(samples, dict):
        assert [*config.genomes["mine"].list_files_read()] == ["samples.panel"]


@pytest.mark.usefixtures("folder")
def test_a_zarr_store_is_a_folder_and_a_tree_sequence_has_populations():
    read_config(config_with({"path": "store"}))
    read_config(config_with({"path": "trees.trees", "samples": {"populations": ["A"]}}))


REFUSED = {
    "files that are not there": (
        {"contigs": "x", "exclude": "y", "mask": "m", "windows": "w", "samples": "s"},
        [
            f".{key} is '{name}': there is no such file (relative to {{here}})"
            for key, name in zip(
                ["contigs", "exclude", "mask", "samples", "windows"], "xymsw", strict=True
            )
        ],
    ),
    "contigs and regions": (
        {"contigs": ["1"], "regions": ["1:1-9"]},
        [".contigs is not used, since `regions` names contigs too: delete one of them"],
    ),
    "windows and a step": (
        {"windows": "some.bed", "step": 9},
        [".step is not used, since `windows` lists the windows: delete one of them"],
    ),
    "a folder without a store": (
        {"path": "."},
        [".path is '.': that is a folder, not a file, and it has no VCF Zarr store"],
    ),
    "no such panel": (
        {"samples": {"panel": "p.tsv"}},
        [".samples.panel is 'p.tsv': there is no such file (relative to {here})"],
    ),
    "populations of a VCF": (
        {"samples": {"populations": ["CEU"], "sample": "name"}},
        [
            ".samples.panel is missing: the file does not say which populations its individuals "
            "are of",
            ".samples.sample is a column of a panel, and there is none: add `panel`, or delete "
            "this",
        ],
    ),
    "several populations of one": (
        {"samples": {"panel": "samples.panel", "populations": {"EUR": ["CEU"]}}},
        [
            ".samples.populations has several populations, but simulation.samples is one number: "
            "give one list"
        ],
    ),
    "draws of all": (
        {"samples": [f"i{number}" for number in range(10)], "draws": 3},
        [
            ".draws is 3, but `samples` lists as many individuals as the net reads: list more, or "
            "delete this",
            ".draws is 3, but without encoding.pad windows have a number of sites, and those of "
            "other individuals would be other stretches: set that to true, or delete this",
        ],
    ),
    "a FASTA file that is not used": (
        {"ancestral": {"fasta": "ancestor_{contig}.fa"}},
        [
            ".ancestral is {{'fasta': 'ancestor_{{contig}}.fa', 'low_confidence': 'use'}}, but "
            "observation.polarised is false, so it is not used: set that to true, or delete this"
        ],
    ),
    "a FASTA file in place of a field": (
        {"ancestral": "ancestor_1.fa"},
        [
            ".ancestral is 'ancestor_1.fa', but observation.polarised is false",
            ".ancestral is 'ancestor_1.fa', which is not the name of an INFO field: for a FASTA "
            "file write {{fasta: ancestor_1.fa}}",
        ],
    ),
    "limits": (
        {"parts": 0, "draws": 1001},
        [".draws is 1001, must be at most 1000", ".parts is 0, must be at least 1"],
    ),
    "unknown keys": (
        {"samples": {"panel": "samples.panel", "pop": "x"}, "ancestral": {"fsta": "x"}},
        [
            ".ancestral.fasta is missing: add it",
            ".ancestral.fsta is not a recognised key; did you mean fasta?",
            ".samples.pop is not a recognised key",
        ],
    ),
    "other kinds": (
        {"contigs": 22, "ancestral": ["AA"], "samples": 4},
        [
            ".ancestral is ['AA'], but must be a set of keys or text",
            ".contigs is 22, but must be a list in [ ] or text",
            ".samples is 4, but must be a set of keys or a list in [ ] or text",
        ],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_contradicts_is_refused(case, folder):
    genome, messages = REFUSED[case]
    said = sorted(complaints(genome))
    expected = [message.format(here=folder) for message in messages]
    assert len(said) == len(expected)
    assert all(line.startswith(message) for line, message in zip(said, expected, strict=True))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none_{contig}.fa", "there is no file of such a name (relative to {here})"),
        ("{chrom}.fa", "only {{contig}} stands for something, which is the name of a contig"),
        ("none.fa", "there is no such file (relative to {here})"),
    ],
)
def test_fasta_files_that_are_not_there(path, message, folder):
    (said,) = complaints({"ancestral": {"fasta": path}}, observation={"polarised": True})
    assert said == f".ancestral.fasta is '{path}': {message.format(here=folder)}"


@pytest.mark.parametrize("key", ["contigs", "exclude", "regions", "mask", "draws"])
def test_a_simulated_genome_is_read_whole(key):
    config = quickstart()
    config["genomes"]["simulated"][key] = {"draws": 2, "mask": "a.bed"}.get(key, ["1"])
    assert f"genomes.simulated.{key} goes with `path`, not with `simulate`" in complaint_about(
        config
    )


def test_regions_to_show_are_written_as_genome_browsers_do(tmp_path, monkeypatch):
    lines = ["    path: mine.vcf.gz", '    show_regions: ["2L:1,001-2,000", "2L:5"]']
    file = genome_in(tmp_path, monkeypatch, *lines)
    said = complaint(QUICKSTART, file)
    assert "genomes.mine.show_regions.1 is '2L:5', but must be a contig with its first" in said
    assert said.count("show_regions") == 1
