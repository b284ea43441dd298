"""Shards: what goes in comes out, and damage is noticed."""

import io
import json
import os
import re
import zipfile

import numpy as np
import pytest
from helpers.data import constant_history, make_samples

from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.simulation import neutral
from coalflow.windows import shards

SAMPLES, HAPLOTYPES, REPLICATES, CELL = 10, 20, 12, "population_size=10000"
MUTATION_RATES = [1e-12, *[1.5e-8] * (REPLICATES - 1)]  # the first replicate has no site
TRUTH = {
    "parameter/mutation_rate": np.array(MUTATION_RATES),
    "parameter/history": np.full(REPLICATES, "constant"),
    "target/sweep_position": np.linspace(0, 1, REPLICATES),
}
META = shards.ShardMeta(cell=CELL, samples=make_samples(SAMPLES), settings={"seed": 1})


def simulate(number):
    parameters = {
        "sequence_length": 150_000,
        "mutation_rate": MUTATION_RATES[number],
        "recombination_rate": 1.0e-8,
    }
    seed = seeds.derive_replicate_seed(1, CELL, number)
    return neutral.simulate_window(constant_history(10_000), SAMPLES, parameters, seed), seed


def write(path):
    writer = shards.ShardWriter()
    for number in range(REPLICATES):
        tree_sequence, seed = simulate(number)
        writer.add(tree_sequence, 100 + number, seed)
    writer.write(path, TRUTH, META)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return the path of a shard that no test changes."""
    path = tmp_path_factory.mktemp("shards") / "00000.npz"
    write(path)
    return path


@pytest.fixture(scope="module")
def whole(path):
    return shards.read_shard(path, CELL)


def alleles_of(shard, number):
    rows = slice(shard.offsets[number], shard.offsets[number + 1])
    return np.unpackbits(shard.haplotypes[rows], axis=1, count=HAPLOTYPES), shard.positions[rows]


# There and back ------------------------------------------------------------------------------


def test_what_was_written_is_read(whole):
    for number in range(REPLICATES):
        tree_sequence, seed = simulate(number)
        alleles, positions = alleles_of(whole, number)
        np.testing.assert_array_equal(alleles, tree_sequence.genotype_matrix())
        np.testing.assert_array_equal(positions, tree_sequence.sites_position)
        assert whole.sites[number] == tree_sequence.num_sites
        assert whole.replicate[number] == 100 + number
        assert int(whole.seed[number]) == seed
    assert whole.sites[0] == 0
    assert whole.truth.keys() == TRUTH.keys()
    for name, values in TRUTH.items():
        np.testing.assert_array_equal(whole.truth[name], values)
    assert whole.meta.model_copy(update={"arrays": ()}) == META
    assert whole.samples.number_of_haplotypes == HAPLOTYPES


def test_seeds_keep_all_64_bits(tmp_path):
    tree_sequence, _ = simulate(1)
    writer = shards.ShardWriter()
    for number, seed in enumerate([2**64 - 1, 0]):
        writer.add(tree_sequence, number, seed)
    writer.write(tmp_path / "a.npz", {}, META)
    assert shards.read_shard(tmp_path / "a.npz").seed.tolist() == [2**64 - 1, 0]


def test_the_same_replicates_make_the_same_bytes(path, tmp_path):
    write(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def test_a_genotype_takes_little_more_than_a_bit(whole):
    genotypes = whole.sites.sum() * HAPLOTYPES
    assert genotypes > 10_000
    assert 8 * whole.haplotypes.nbytes / genotypes <= 1.3


def test_numpy_alone_opens_a_shard(path):
    with np.load(path, allow_pickle=False) as archive:
        assert {*shards.DTYPES, "meta", *TRUTH} == set(archive.files)
        for name, dtype in shards.DTYPES.items():
            assert archive[name].dtype == dtype


@pytest.mark.parametrize("before", [None, b"an older shard"])
def test_a_failed_write_leaves_what_was_there(tmp_path, monkeypatch, before):
    path = tmp_path / "00000.npz"
    if before is not None:
        path.write_bytes(before)
    half = []

    def full_disk(file, **arrays):
        file.write_bytes(b"PK half a shard")
        half.append(file)
        raise OSError("No space left on device")

    monkeypatch.setattr(shards.np, "savez", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write(path)
    assert half[0].parent == tmp_path, "next to the shard, so that renaming is one step"
    kept = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert kept == ({} if before is None else {path.name: before})


# Damage --------------------------------------------------------------------------------------


def assert_refused(path, cell=None, match=None):
    with pytest.raises(CoalflowError, match=match) as caught:
        shards.read_shard(path, cell)
    assert str(path) in str(caught.value)


def same(one, other):
    """Tell whether two shards hold the same arrays and the same meta."""
    if one.meta != other.meta or list(one.truth) != list(other.truth):
        return False
    pairs = [(getattr(one, name), getattr(other, name)) for name in shards.DTYPES]
    pairs += [(one.truth[name], other.truth[name]) for name in one.truth]
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)


def outcome(path, content, whole):
    """Say what came of reading these bytes: refused, unchanged, or something bad."""
    path.write_bytes(content)
    try:
        read = shards.read_shard(path, CELL)
    except CoalflowError as error:
        return "refused" if str(path) in str(error) else f"refused without its path: {error}"
    except Exception as error:
        return f"raised {type(error).__name__}: {error}"
    return "unchanged" if same(read, whole) else "changed"


def flipped(content, bit):
    damaged = bytearray(content)
    damaged[bit // 8] ^= 1 << (bit % 8)
    return bytes(damaged)


def bits_worth_flipping(content, path):
    """Return the bits that say how to read the arrays, and every few of all the others."""
    with zipfile.ZipFile(path) as archive:
        directory = archive.start_dir
    preambles = [match.start() for match in re.finditer(rb"\x93NUMPY", content)]
    assert len(preambles) == len(shards.DTYPES) + 1 + len(TRUTH)
    bits = set(range(8 * directory, 8 * len(content)))
    for start in preambles:
        bits.update(range(8 * start, 8 * (start + 10)))  # magic, version, length of the header
    bits.update(range(0, 8 * len(content), 211))
    return sorted(bits)


def test_a_flipped_bit_is_refused_or_changes_nothing(path, whole, tmp_path):
    content = path.read_bytes()
    # Only of members larger than zipfile's buffer can the end be left unread and unchecked.
    assert whole.haplotypes.nbytes > 2 * 4096
    outcomes = {
        bit: outcome(tmp_path / "flipped.npz", flipped(content, bit), whole)
        for bit in bits_worth_flipping(content, path)
    }
    kinds = list(outcomes.values())
    assert kinds.count("refused") > 1000
    assert kinds.count("unchanged") > 100  # names of creators, times: nothing depends on them
    bad = {what: bit for bit, what in outcomes.items() if what not in ("refused", "unchanged")}
    assert not bad, "a bit that does it, for each"


def test_a_file_cut_off_anywhere_is_refused(path, whole, tmp_path):
    content = path.read_bytes()
    lengths = {*np.linspace(0, len(content) - 1, 30, dtype=int), 1, len(content) - 22}
    for length in lengths:
        assert outcome(tmp_path / "cut.npz", content[:length], whole) == "refused", length


def test_bytes_added_at_the_end_are_refused_or_change_nothing(path, whole, tmp_path):
    content = path.read_bytes()
    for extra in (b"\0", b"\0" * 1000, content):
        assert outcome(tmp_path / "long.npz", content + extra, whole) in ("refused", "unchanged")


def test_a_missing_file_is_named(tmp_path):
    assert_refused(tmp_path / "none.npz", match="there is no such shard")


@pytest.mark.parametrize(
    "content", [b"", b"replicate\tseed\n0\t1\n", b"PK", b"\x93NUMPY", b"\0" * 99]
)
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    path = tmp_path / "other.npz"
    path.write_bytes(content)
    assert_refused(path)


def test_a_folder_is_refused(tmp_path):
    assert_refused(tmp_path)


def test_a_single_array_is_refused(tmp_path):
    path = tmp_path / "array.npz"
    with open(path, "wb") as file:
        np.save(file, np.arange(3))
    assert_refused(path)


def test_a_foreign_npz_is_refused_by_what_it_lacks(tmp_path):
    np.savez(tmp_path / "foreign.npz", x_train=np.zeros(3), y_train=np.zeros(3))
    assert_refused(tmp_path / "foreign.npz", match="has no haplotypes")


def test_an_empty_npz_is_refused(tmp_path):
    np.savez(tmp_path / "empty.npz")
    assert_refused(tmp_path / "empty.npz")


def test_a_zip_of_other_things_by_the_same_names_is_refused(tmp_path):
    path = tmp_path / "texts.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for name in (*shards.DTYPES, "meta"):
            archive.writestr(f"{name}.npy", "{}")
    assert_refused(path)


class Unpickled:
    """Fails the test when a shard's content is run as code."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


def test_pickles_are_not_opened(path, tmp_path):
    for name in ("seed", "target/sweep_position"):
        arrays = {**arrays_of(path), name: np.array([Unpickled()] * REPLICATES)}
        assert_refused(written(arrays, tmp_path))


def make_array(shape, dtype="|u1", content=b"", version=b"\x01\x00"):
    """Return the text of an .npy file, whose header may be about another array."""
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY" + version + len(header).to_bytes(2, "little") + header + content


@pytest.mark.parametrize(
    "array",
    [
        make_array("(1000000000000, 8)"),
        make_array("(99999999999999999999, 8)"),
        make_array("(-1, -8)", content=b"12345678"),
        make_array("(2,)", content=b"1"),
        make_array("(2,)", content=b"123"),
        make_array("(2,)", content=b"12", version=b"\x03\x00"),
        make_array("(2,)", content=b"12", version=b"\x09\x00"),
        make_array(3000 * "(" + 3000 * ")"),
    ],
)
def test_an_array_that_is_not_what_its_header_says_is_refused(tmp_path, array):
    """Before numpy makes room for it."""
    file = tmp_path / "crafted.npz"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("haplotypes.npy", array)
    assert_refused(file)


def test_a_compressed_array_is_refused_before_it_is_unpacked(tmp_path):
    file = tmp_path / "bomb.npz"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("haplotypes.npy", bytes(10**7))
    assert_refused(file, match="is compressed")


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.npz")
    assert_refused(tmp_path / "pipe.npz", match="it is not a file")


# Shards that are whole, but not what they should be ------------------------------------------


def arrays_of(path):
    with np.load(path, allow_pickle=False) as archive:
        return dict(archive)


def written(arrays, folder):
    content = io.BytesIO()
    np.savez(content, **arrays)
    path = folder / "00007.npz"
    path.write_bytes(content.getvalue())
    return path


def with_meta(**changes):
    def change(arrays):
        return {"meta": np.array(json.dumps({**json.loads(str(arrays["meta"])), **changes}))}

    return change


def with_samples(individuals):
    return with_meta(samples={"individuals": [["all", individuals]], "ploidy": 2})


def with_offset(index, shift):
    def change(arrays):
        offsets = arrays["offsets"].copy()
        offsets[index] += shift
        return {"offsets": offsets}

    return change


WRONG = {
    "complex truth": lambda arrays: {
        name: array.astype(complex) for name, array in arrays.items() if name.startswith("target/")
    },
    "another format": with_meta(format=shards.FORMAT + 1),
    "no format": with_meta(format=None),
    "more haplotypes than bits": with_samples(SAMPLES + 4),
    "fewer haplotypes than bytes": with_samples(4),
    "individuals as text": with_samples(str(SAMPLES)),
    "no samples": with_meta(samples=None),
    "an unknown key": with_meta(haplotypes=HAPLOTYPES),
    "meta is not JSON": lambda arrays: {"meta": np.array("cell: all")},
    "meta is a list": lambda arrays: {"meta": np.array("[1]")},
    "meta is a number": lambda arrays: {"meta": np.array(1)},
    "first offset not 0": with_offset(0, -1),
    "last offset too low": with_offset(-1, -1),
    "last offset too high": with_offset(-1, 1),
    "offsets go down": with_offset(3, 100_000),
    "an offset missing": lambda arrays: {"offsets": arrays["offsets"][1:]},
    "no replicate": lambda arrays: {"offsets": np.array([len(arrays["positions"])])},
    "no offset at all": lambda arrays: {"offsets": arrays["offsets"][:0]},
    "offsets as a table": lambda arrays: {"offsets": arrays["offsets"][:, None]},
    "haplotypes too few": lambda arrays: {"haplotypes": arrays["haplotypes"][:-1]},
    "haplotypes not packed": lambda arrays: {
        "haplotypes": np.unpackbits(arrays["haplotypes"], axis=1)
    },
    "positions too few": lambda arrays: {"positions": arrays["positions"][:-1]},
    "positions as a table": lambda arrays: {"positions": arrays["positions"][:, None]},
    "a single position": lambda arrays: {"positions": np.float64(1.0)},
    "a replicate number too few": lambda arrays: {"replicate": arrays["replicate"][1:]},
    "a seed too many": lambda arrays: {"seed": np.append(arrays["seed"], np.uint64(1))},
    "a parameter too few": lambda arrays: {
        "parameter/mutation_rate": arrays["parameter/mutation_rate"][1:]
    },
    "a target as a table": lambda arrays: {
        "target/sweep_position": arrays["target/sweep_position"][:, None]
    },
    **{
        f"{name} in another type": lambda arrays, name=name: {name: arrays[name].astype(np.float32)}
        for name in shards.DTYPES
    },
    **{
        f"{name} from the other end": lambda arrays, name=name: {
            name: arrays[name].astype(arrays[name].dtype.newbyteorder("S"))
        }
        for name in shards.DTYPES
        if name != "haplotypes"
    },
}


@pytest.mark.parametrize("wrong", list(WRONG))
def test_arrays_that_do_not_fit_are_refused(path, tmp_path, wrong):
    arrays = arrays_of(path)
    assert_refused(written({**arrays, **WRONG[wrong](arrays)}, tmp_path))


@pytest.mark.parametrize("name", [*shards.DTYPES, "meta"])
def test_a_missing_array_is_named(path, tmp_path, name):
    arrays = arrays_of(path)
    del arrays[name]
    assert_refused(written(arrays, tmp_path), match=f"has no {name}")


@pytest.mark.parametrize("name", list(TRUTH))
def test_a_lost_truth_is_noticed(path, tmp_path, name):
    arrays = arrays_of(path)
    del arrays[name]
    assert_refused(written(arrays, tmp_path))


def test_rewriting_alone_is_no_reason_to_refuse(path, whole, tmp_path):
    assert same(shards.read_shard(written(arrays_of(path), tmp_path), CELL), whole)


def test_another_cell_is_named(path):
    assert_refused(path, "population_size=20000", match="holds cell 'population_size=10000'")
    assert shards.read_shard(path).meta.cell == CELL


def test_another_format_is_named(path, tmp_path):
    arrays = arrays_of(path)
    later = written({**arrays, **with_meta(format=99)(arrays)}, tmp_path)
    assert_refused(later, match=f"format 99, this coalflow reads format {shards.FORMAT}")
