"""VCF Zarr: what vcf2zarr writes is read as its VCF is; what is not whole is refused."""

import json
import pathlib
import shutil
import zipfile

import numcodecs
import numpy as np
import pytest
import zarr
from helpers.genome_files import list_records, read_records, write_vcf_zarr
from helpers.genomes import record, vcf, write, write_by_htslib

from coalflow.core.errors import CoalflowError
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.readers.genome_file import FileContig, Region
from coalflow.genomes.readers.vcf_zarr import VcfZarrFile
from coalflow.genomes.readers.zarr_stores.store import ZarrArray

NAMES = ["a", "b", "c", "d", "e"]
FORMATS = (2, 3)


def calls(*genotypes):
    return genotypes + ("0|0",) * (len(NAMES) - len(genotypes))


RECORDS = [
    record(10, *calls("0|1", "1|0")),
    record(12, *calls("0/1", "./.", "1|1"), ref="C", alt="G", info="AA=C"),
    record(15, *calls("0|1", ".|1"), info="AA=t|||"),
    record(15, *calls("0|0", "0|2", "1|1"), alt="G,AT", info="AA=."),
    record(15, *calls("0|0", "0|1"), alt="*,C"),
    record(15, *calls(), alt="."),
    record(16, *calls("1|0"), ref="AT", alt="A"),
    record(3, *calls("0", "1", "."), contig="2", alt="G"),
    record(4, *calls("0|0", "1|1"), contig="2", alt="g"),
    record(9, *calls("0|1", "1|1"), contig="2").replace("PASS", "."),
    record(11, *calls("0|1", "1|1"), contig="2").replace("PASS", "q10;s50"),
]
FILTERS = '##FILTER=<ID=q10,Description="q">\n##FILTER=<ID=s50,Description="s">\n'


def with_filters(text):
    return text.replace("##contig=<ID=1>", f"{FILTERS}##contig=<ID=1>")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A VCF, and what vcf2zarr makes of it in both formats of Zarr."""
    folder = tmp_path_factory.mktemp("zarr")
    plain = with_filters(vcf(*RECORDS, names=NAMES))
    path = write_by_htslib(folder / "a.vcf.gz", plain, "wz")
    for version in FORMATS:
        write_vcf_zarr(folder / f"v{version}.vcz", path, version)
    return folder


@pytest.fixture
def store(folder, tmp_path):
    """A copy that a test may damage."""
    return pathlib.Path(shutil.copytree(folder / "v2.vcz", tmp_path / "a.vcz"))


def zip_folder(folder, path, inside=""):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"{inside}{file.relative_to(folder)}")
    return path


def refusal(path, **options):
    with pytest.raises(CoalflowError) as caught:
        read_records(path, **options)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(path))
    return str(caught.value).removeprefix(f"{path}: ")


def edit_json(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


# What is read -------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 2, 7, 10_000])
@pytest.mark.parametrize("version", FORMATS)
def test_records_are_those_of_the_vcf(folder, version, most):
    expected = read_records(folder / "a.vcf.gz", ancestral="AA")
    found = read_records(folder / f"v{version}.vcz", ancestral="AA", most_records=most)
    assert len(found) == len(RECORDS)
    for one, other in zip(found, expected, strict=True):
        assert one == other[:-1] + (other[-1].strip("."),)


def test_a_zip_file_is_read_as_its_folder_is(folder, tmp_path):
    for version in FORMATS:
        path = zip_folder(folder / f"v{version}.vcz", tmp_path / "a.zip")
        assert read_records(path) == read_records(folder / "a.vcf.gz")


@pytest.mark.parametrize("names", [["e", "b"], ["c"], ["a", "b", "c", "d", "e"], ["d", "c", "a"]])
def test_individuals_are_those_chosen_in_their_order(folder, names):
    found = read_records(folder / "v2.vcz", names)
    everyone = read_records(folder / "v2.vcz")
    columns = [NAMES.index(name) for name in names]
    assert [each[2] for each in found] == [[each[2][c] for c in columns] for each in everyone]
    assert [each[3] for each in found] == [[each[3][c] for c in columns] for each in everyone]


def test_blocks_have_all_records_of_a_position_and_one_contig(folder):
    """Those of position 15 are in two chunks."""
    file = open_genome_file(folder / "v2.vcz")
    sizes = [len(block) for block in file.read_blocks(NAMES, most_records=3)]
    assert sizes == [6, 1, 3, 1]


def test_what_a_file_says_of_itself(folder):
    file = open_genome_file(folder / "v2.vcz")
    assert (file.format, file.individuals, file.can_seek) == ("VCF Zarr", NAMES, True)
    assert file.contigs == [FileContig("1"), FileContig("2")]
    assert file.populations == {}


def test_contigs_have_lengths(tmp_path):
    text = vcf(RECORDS[0], names=NAMES).replace("<ID=1>", "<ID=1,length=500>")
    text = text.replace("<ID=2>", "<ID=2,length=30>")
    path = write_by_htslib(tmp_path / "a.vcf.gz", text, "wz")
    file = open_genome_file(write_vcf_zarr(tmp_path / "a.vcz", path))
    assert file.contigs == [FileContig("1", 500), FileContig("2", 30)]


def test_only_chunks_of_the_chosen_are_read(store):
    for chunk in range(4):
        (store / "call_genotype" / f"{chunk}.2.0").write_bytes(b"damaged")
    assert len(read_records(store, ["a", "d"])) == len(RECORDS)
    assert "call_genotype is damaged" in refusal(store, individuals=["e"])


def test_phase_sets(tmp_path):
    form = '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set">\n'
    lines = [
        record(10, "0|1:10", "0|1:.", form="GT:PS"),
        record(12, "0|1:10", "0|1:12", form="GT:PS"),
        record(14, "0|1", "0|1"),
    ]
    text = vcf(*lines).replace("##contig=<ID=1>", f"{form}##contig=<ID=1>")
    path = write_by_htslib(tmp_path / "a.vcf.gz", text, "wz")
    store = write_vcf_zarr(tmp_path / "a.vcz", path, variants=2)
    assert read_records(store, most_records=9) == read_records(path)


def test_a_file_without_records(tmp_path):
    path = write_by_htslib(tmp_path / "a.vcf.gz", vcf(names=NAMES), "wz")
    assert read_records(write_vcf_zarr(tmp_path / "a.vcz", path)) == []


# Regions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_index", [True, False])
@pytest.mark.parametrize(
    "region",
    [
        Region("1", 0, 100),
        Region("1", 14, 15),
        Region("1", 10, 12),
        Region("1", 16, 90),
        Region("2", 3, 11),
        Region("2", 0, 3),
        Region("3", 0, 9),
    ],
)
def test_a_region_has_its_records_and_no_others(store, region, has_index):
    if not has_index:
        shutil.rmtree(store / "region_index")
    expected = [
        each
        for each in read_records(store)
        if each[0] == region.contig and region.start < each[1] <= region.end
    ]
    for most in (1, 10_000):
        assert read_records(store, region=region, most_records=most) == expected


def test_contigs_of_one_chunk_are_read_from_it_once(tmp_path, monkeypatch):
    lines = [record(5, "0|1", "0|0", contig=str(number)) for number in range(20)]
    text = vcf(*lines).replace(
        "##contig=<ID=1>\n##contig=<ID=2>\n",
        "".join(f"##contig=<ID={number}>\n" for number in range(20)),
    )
    path = write_by_htslib(tmp_path / "a.vcf.gz", text, "wz")
    file = open_genome_file(write_vcf_zarr(tmp_path / "a.vcz", path, variants=100))
    loads = []
    load = ZarrArray.load
    monkeypatch.setattr(ZarrArray, "load", lambda *each: loads.append(each[0].name) or load(*each))
    for number in range(20):
        (block,) = file.read_blocks(["b", "a"], None, Region(str(number), 0, 9))
        assert (block.contig, block.positions.tolist()) == (str(number), [5])
    assert loads.count("call_genotype") == loads.count("variant_position") == 1


def test_an_index_of_other_records_is_refused(store):
    index = zarr.open_array(store / "region_index", mode="r+")
    index[0, 5] = 7
    message = refusal(store, region=Region("1", 0, 5))
    assert "region_index is not of its records: rebuild it (vcf2zarr create-index)" in message


# What is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["sample_id/0", "sample_id/2", "contig_id/0", "variant_position/1", "variant_allele/3.0"],
)
def test_a_missing_chunk_is_refused(store, tmp_path, name):
    (store / name).unlink()
    array, chunk = name.split("/")
    expected = f"is not whole: the chunk {chunk} of the array {array} is missing: copy or convert"
    assert refusal(store).startswith(expected)
    assert refusal(zip_folder(store, tmp_path / "a.zip")).startswith(expected)


def test_a_missing_chunk_is_refused_in_version_3(folder, tmp_path):
    store = pathlib.Path(shutil.copytree(folder / "v3.vcz", tmp_path / "a.vcz"))
    (store / "variant_position" / "c" / "1").unlink()
    assert "the chunk c/1 of the array variant_position is missing" in refusal(store)


def test_a_chunk_of_zeros_need_not_be_there(folder):
    """Zarr 3 leaves them out."""
    assert not (folder / "v2.vcz" / "variant_contig" / "0").exists()
    assert not (folder / "v2.vcz" / "call_genotype" / "0.2.0").exists()


def test_a_store_by_zarr_2_has_chunks_of_zeros(store):
    edit_json(store / ".zattrs", source="bio2zarr-0.1.6")
    assert "the chunk 0.2.0 of the array call_genotype is missing" in refusal(store)


def test_genotypes_are_missing_where_their_mask_is_there(store):
    assert (store / "call_genotype_mask" / "0.0.0").exists()
    (store / "call_genotype" / "0.0.0").unlink()
    assert "the chunk 0.0.0 of the array call_genotype is missing" in refusal(store)
    read_records(store, ["c"])


@pytest.fixture(scope="module")
def long_store(tmp_path_factory):
    """300 records whose alternatives are carried by the first two of four."""
    folder = tmp_path_factory.mktemp("long")
    lines = [record(position, "0|1", "0|0", "0|0", "0|0") for position in range(10, 310)]
    text = vcf(*lines, names=NAMES[:4])
    return write_vcf_zarr(
        folder / "a.vcz", write_by_htslib(folder / "a.vcf.gz", text, "wz"), variants=150
    )


def test_genotypes_are_missing_where_nobody_would_carry_anything(long_store, tmp_path):
    """That two of four carry none of 150 alternatives happens; that all carry none does not."""
    store = pathlib.Path(shutil.copytree(long_store, tmp_path / "a.vcz"))
    assert not (store / "call_genotype" / "1.1.0").exists()
    assert "the chunk 0.1.0 of the array call_genotype is missing" in refusal(store)
    assert len(read_records(store, ["a", "b"])) == 300


def test_damaged_chunks_are_refused(store):
    for name in ("call_genotype/1.0.0", "variant_allele/0.0", "variant_position/0"):
        whole = (store / name).read_bytes()
        for damaged in (whole[:-3], b"", b"x" * 40):
            (store / name).write_bytes(damaged)
            array = name.split("/")[0]
            expected = (
                f"the array {array} is damaged (the chunk {name[len(array) + 1 :]} is cut off)"
            )
            assert refusal(store).startswith(expected)
        (store / name).write_bytes(whole)
    assert len(read_records(store)) == len(RECORDS)


def test_damaged_zip_files_are_refused(store, tmp_path):
    path = zip_folder(store, tmp_path / "a.zip")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "damaged zip file" in refusal(path)
    start = whole.index(b"call_genotype/1.0.0") + len("call_genotype/1.0.0") + 18
    path.write_bytes(whole[:start] + bytes([whole[start] ^ 1]) + whole[start + 1 :])
    assert "call_genotype is damaged (Bad CRC-32" in refusal(path)


def test_half_written_stores_are_refused(store):
    (store / "wip").mkdir()
    assert refusal(store) == (
        "is half written: vcf2zarr did not finish, and left its folder wip: delete it, and convert "
        "the VCF again"
    )
    (store / "wip").rmdir()
    (store / "variant_position" / ".zarray").unlink()
    assert "the array variant_position has no metadata, so it is not whole" in refusal(store)
    shutil.rmtree(store / "variant_position")
    assert "has no array variant_position, so it is not a whole VCF Zarr store" in refusal(store)
    (store / ".zattrs").write_text('{"vcf_zarr')
    assert "its .zattrs is damaged" in refusal(store)


def test_other_stores_are_refused(store, tmp_path):
    assert "is VCF Zarr 0.9, and 0.2 to 0.5 are read" in refusal_of(store, vcf_zarr_version="0.9")
    assert "is VCF Zarr 0.1, and" in refusal_of(store, vcf_zarr_version="0.1")
    (store / ".zattrs").unlink()
    assert "not VCF Zarr, since it has no vcf_zarr_version: convert a VCF" in refusal(store)
    (store / ".zgroup").unlink()
    assert "is not a Zarr store, since it has neither .zgroup nor zarr.json" in refusal(store)
    write(store / "metadata.json", '{"icf_metadata_format_version": "0.4", "partitions": []}')
    assert "intermediate format of vcf2zarr explode: encode it: vcf2zarr encode" in refusal(store)


def refusal_of(store, **attributes):
    edit_json(store / ".zattrs", **attributes)
    return refusal(store)


def test_a_store_in_a_folder_of_a_zip_file_is_refused(folder, tmp_path):
    path = zip_folder(folder / "v2.vcz", tmp_path / "a.zip", "a.vcz/")
    assert refusal(path) == (
        "the store is in the folder a.vcz of it: name that folder, or zip what is in it, without "
        "the folder"
    )


def test_a_store_without_genotypes_is_refused(store):
    for name in ("call_genotype", "call_genotype_phased", "call_genotype_mask"):
        shutil.rmtree(store / name)
    assert "has no genotypes (call_genotype), only call_DP: convert a VCF" in refusal(store)


def test_arrays_of_different_lengths_are_refused(store):
    zarr.open_array(store / "variant_position", mode="r+").resize((9,))
    assert refusal(store).startswith(
        "its arrays do not fit: variant_position is of 9, and variant_contig of 11: copy or"
    )
    zarr.open_array(store / "variant_position", mode="r+").resize((11,))
    zarr.open_array(store / "call_genotype", mode="r+").resize((11, 4, 2))
    assert "sample_id is of 5, and call_genotype of 4" in refusal(store)


def test_contigs_whose_records_are_apart_are_refused(store):
    shutil.rmtree(store / "region_index")
    zarr.open_array(store / "variant_contig", mode="r+")[9:] = 0
    message = refusal(store, region=Region("1", 0, 5))
    assert message.startswith("the records of contig 1 are not together: sort the VCF")


@pytest.mark.parametrize(
    ("array", "index", "value", "expected"),
    [
        ("variant_position", 2, 11, "1:11 comes after 1:12: sort the VCF (bcftools sort), and"),
        ("variant_position", 3, 14, "1:14 comes after 1:15"),  # in the next chunk
        ("variant_contig", 8, 0, "1:4 comes after 2:3"),
        ("variant_contig", slice(1, 3), [1, 0], "1:15 comes after 2:12"),
        ("variant_contig", 4, 2, "variant_contig has numbers that no contig has"),
        ("variant_position", 0, -1, "variant_position has numbers below 0"),
        ("call_genotype", 1, -3, "call_genotype has numbers that no allele has"),
    ],
)
def test_records_that_are_not_in_order_are_refused(store, array, index, value, expected):
    zarr.open_array(store / array, mode="r+")[index] = value
    assert expected in refusal(store)


def test_objects_are_refused_and_never_run(store, tmp_path):
    """A pickle may run any program when it is read."""

    class Program:
        def __reduce__(self):
            return pathlib.Path.touch, (tmp_path / "it ran",)

    for name in ("sample_id", "variant_allele"):
        copy = pathlib.Path(shutil.copytree(store, tmp_path / name))
        codec = numcodecs.Pickle()
        payload = np.array([Program()] * 2, dtype=object)
        edit_json(copy / name / ".zarray", filters=[{"id": "pickle"}], compressor=None)
        for chunk in (copy / name).glob("[0-9]*"):
            chunk.write_bytes(codec.encode(payload))
        message = refusal(copy)
        assert message.startswith(f"the array {name} is packed by 'pickle', which is not read")
        edit_json(copy / name / ".zarray", filters=None)
        assert f"the array {name} has Python's objects" in refusal(copy)
    assert not (tmp_path / "it ran").exists()


@pytest.mark.parametrize("codec", ["lzo", "pickle", "json2", "sharding_indexed", 5])
def test_unknown_compressors_are_refused(store, folder, tmp_path, codec):
    edit_json(store / "call_genotype" / ".zarray", compressor={"id": codec})
    assert f"the array call_genotype is packed by '{codec}', which is not read" in refusal(store)
    newer = pathlib.Path(shutil.copytree(folder / "v3.vcz", tmp_path / "b.vcz"))
    edit_json(newer / "call_genotype" / "zarr.json", codecs=[{"name": codec}])
    assert f"is packed by '{codec}', which is not read: convert it again" in refusal(newer)


@pytest.mark.parametrize(
    "changes",
    [
        {"dtype": "<f4"},
        {"dtype": "|V8"},
        {"dtype": "nonsense"},
        {"shape": [11]},
        {"chunks": [11]},
        {"chunks": [0, 2, 2]},
        {"chunks": [10**6, 10**6, 2]},
        {"chunks": [-1, 2, 2]},
        {"shape": "5"},
    ],
)
def test_damaged_metadata_are_refused(store, changes):
    edit_json(store / "call_genotype" / ".zarray", **changes)
    assert "call_genotype" in refusal(store)


def test_a_pipe_in_place_of_a_chunk_is_refused(store):
    import os

    (store / "call_genotype" / "0.0.0").unlink()
    os.mkfifo(store / "call_genotype" / "0.0.0")
    with pytest.raises(CoalflowError, match=r"0\.0\.0: is not a file"):
        VcfZarrFile(store)


def test_names_that_are_there_twice_are_refused(store):
    zarr.open_array(store / "sample_id", mode="r+")[1] = "a"
    assert refusal(store) == "sample_id has 'a' twice: rename one, and convert it again"


def test_blocks_are_the_same_however_few_records_are_wanted(folder):
    file = VcfZarrFile(folder / "v2.vcz")
    one, other = (
        [
            row
            for block in file.read_blocks(["c", "a"], most_records=most)
            for row in list_records(block)
        ]
        for most in (1, 10_000)
    )
    assert one == other
