"""What contradicts a genome on the disk."""

import json

from helpers.configs import HEADER, QUICKSTART, complaint, read_files, write


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
