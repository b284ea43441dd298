"""Files in ms's format: what is read is what was written, and bad files get one message."""

import gzip
import re

import msprime
import numpy as np
import pytest
import tskit
from helpers.data import PROPERTY
from hypothesis import given
from hypothesis import strategies as st

from coalflow.core.errors import CoalflowError
from coalflow.imports import ms_format

COMMAND = "./discoal 4 3 10000 -t 5.5 -r 20"
# As discoal writes it: five or six decimals, and a space after the last position.
DISCOAL = f"""{COMMAND}
1665047201 686400060

//
segsites: 3
positions: 0.018350 0.095570 0.095570 
100
011
011
000

//
segsites: 0

//
segsites: 1
positions: 0.072940 
0
1
0
1
"""  # noqa: W291


def written(folder, text, name="a.ms"):
    path = folder / name
    content = text.encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def read(path, haplotypes=4):
    return list(ms_format.read_ms(path, haplotypes))


# What is read is what was written ------------------------------------------------------------


def test_discoals_format(tmp_path):
    first, empty, last = read(written(tmp_path, DISCOAL))
    np.testing.assert_array_equal(first.alleles, [[1, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0]])
    assert first.positions.tolist() == [0.01835, 0.09557, 0.09557]
    assert (first.alleles.dtype, first.positions.dtype) == (np.uint8, np.float64)
    assert (empty.alleles.shape, empty.positions.shape) == ((0, 4), (0,))
    assert last.alleles.tolist() == [[0, 1, 0, 1]]
    assert {block.command for block in (first, empty, last)} == {COMMAND}
    assert [block.line for block in (first, empty, last)] == [4, 12, 15]


@st.composite
def files(draw):
    """Draw the replicates of a file, as alleles and words for positions, and its text."""
    decimals, haplotypes = draw(st.sampled_from([4, 5, 6, 10])), draw(st.integers(1, 9))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    replicates, lines = [], ["ms 4 3 -t 5", "1 2 3"]
    for _ in range(draw(st.integers(1, 4))):
        sites = draw(st.integers(0, 12))
        bits = draw(
            st.lists(st.integers(0, 1), min_size=sites * haplotypes, max_size=sites * haplotypes)
        )
        alleles = np.array(bits, np.uint8).reshape(sites, haplotypes)
        # Few numbers, so that sites share a rounded position.
        places = draw(st.lists(st.integers(0, 30), min_size=sites, max_size=sites))
        words = [f"{place / 31:.{decimals}f}" for place in sorted(places)]
        replicates.append((alleles, words))
        values = draw(st.sampled_from(["", "\t5.5\t0.1"]))
        lines += [
            "",
            f"//{values}",
            *draw(st.sampled_from([[], ["time:\t0.5\t2.0"], ["(1:2,3:2);"]])),
        ]
        lines.append(f"segsites: {sites}")
        if sites or draw(st.booleans()):
            lines.append("positions: " + " ".join(words) + draw(st.sampled_from(["", " "])))
        lines += ["".join(map(str, row)) for row in alleles.T]
    return haplotypes, replicates, end.join(lines) + draw(st.sampled_from(["", end, 2 * end]))


@PROPERTY
@given(files(), st.booleans())
def test_every_replicate_is_read_bit_for_bit(tmp_path_factory, file, zipped):
    haplotypes, replicates, text = file
    folder = tmp_path_factory.mktemp("ms")
    blocks = read(written(folder, text, "a.ms.gz" if zipped else "a.ms"), haplotypes)
    assert len(blocks) == len(replicates)
    for block, (alleles, words) in zip(blocks, replicates, strict=True):
        np.testing.assert_array_equal(block.alleles, alleles)
        np.testing.assert_array_equal(block.positions, [float(word) for word in words])


@pytest.mark.parametrize("precision", [4, 6])
def test_what_tskit_writes(tmp_path, precision):
    """Positions have at least 4 decimals there; all trees are of one length."""
    length = 10_000
    replicates = [
        msprime.sim_mutations(
            msprime.sim_ancestry(5, population_size=1000, sequence_length=length, random_seed=seed),
            rate=1e-6,
            model=msprime.BinaryMutationModel(),
            random_seed=seed,
        )
        for seed in range(1, 6)
    ]
    path = tmp_path / "a.ms"
    with path.open("w") as file:
        tskit.write_ms(iter(replicates), file, precision=precision, num_replicates=5)
    blocks = read(path, 10)
    assert len(blocks) == len(replicates)
    for block, trees in zip(blocks, replicates, strict=True):
        assert trees.num_sites > 5
        np.testing.assert_array_equal(block.alleles, trees.genotype_matrix())
        rounded = [float(f"{place / length:.{precision}f}") for place in trees.sites_position]
        np.testing.assert_array_equal(block.positions, rounded)


def test_several_runs_in_one_file_have_each_its_command_and_values(tmp_path):
    one = "ms 2 1 -t tbs\n10\n\n//\t{}\nsegsites: 1\npositions: 0.5\n0\n1\n"
    text = one.format("4.5\t7") + one.format("6").replace("-t tbs", "-t 9 -r 1 2")
    first, second = read(written(tmp_path, text), 2)
    assert (first.command, first.values) == ("ms 2 1 -t tbs", ["4.5", "7"])
    assert (second.command, second.values) == ("ms 2 1 -t 9 -r 1 2", ["6"])


@pytest.mark.parametrize(
    "nothing",
    ["segsites: 0\n", "segsites: 0\npositions:\n", "segsites: 0\npositions: \n\n\n\n\n"],
    ids=["bare", "positions", "empty haplotypes"],
)
def test_replicates_without_sites(tmp_path, nothing):
    text = f"ms 4 3 -t 1\n1 2 3\n\n//\n{nothing}\n//\n{nothing}"
    assert [len(block.positions) for block in read(written(tmp_path, text))] == [0, 0]


# Bad files ---------------------------------------------------------------------------------------

CUT = re.compile(r"cut off|ends before|no line begins|does not say")


def complaint(path, haplotypes=4):
    with pytest.raises(CoalflowError) as caught:
        read(path, haplotypes)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message.removeprefix(str(path))


BAD = {
    "a haplotype that is too short": (
        ("011\n011", "011\n01"),
        ":9: replicate 1: haplotype 3 has 2 alleles, but segsites is 3. Write the file again",
    ),
    "too few haplotypes": (
        ("011\n000\n", "011\n"),
        ":10: replicate 1: has 3 haplotypes, but simulation.samples makes 4: "
        "change samples or ploidy, or the simulations",
    ),
    "too many haplotypes": (
        ("011\n000\n", "011\n000\n000\n010\n"),
        ":12: replicate 1: has 6 haplotypes, but simulation.samples makes 4: "
        "change samples or ploidy, or the simulations",
    ),
    "another allele": (
        ("100\n", "1N0\n"),
        ":7: replicate 1: has 'N' at site 2, but alleles can only be 0 or 1",
    ),
    "another number of sites": (
        ("segsites: 3", "segsites: 2"),
        ":6: replicate 1: has 3 positions, but segsites is 2: write the file again",
    ),
    "no number of sites": (
        ("segsites: 3", "segsites: many"),
        ":5: replicate 1: 'segsites: many' does not say how many sites there are. "
        "Write the file again",
    ),
    "no positions": (
        ("positions: 0.018350 0.095570 0.095570 \n", ""),
        ":6: replicate 1: has '100' where its positions should be: write the file again",
    ),
    "positions in bases": (
        ("0.018350 0.095570", "0.018350 95.570"),
        ":6: replicate 1: has a position outside 0 to 1: divide positions by the window's length",
    ),
    "positions out of order": (
        ("0.018350 0.095570", "0.218350 0.095570"),
        ":6: replicate 1: its positions are not in ascending order: sort its sites",
    ),
    "a position that is not a number": (
        ("0.018350", "0.0183?0"),
        ":6: replicate 1: has a position that is not a number: write the file again",
    ),
    "a position that is nan": (
        ("0.018350", "nan"),
        ":6: replicate 1: has a position that is not a number: write the file again",
    ),
    "a block that breaks off": (
        ("segsites: 0\n", ""),
        ":14: replicate 2: this // follows one that had no segsites line: write the file again",
    ),
    "something else": (
        ("100\n", "warning\n"),
        ":7: replicate 1: has 'warning' where haplotype 1 should be",
    ),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=list(BAD))
def test_a_bad_file(tmp_path, change, message):
    assert DISCOAL.count(change[0]) >= 1
    assert complaint(written(tmp_path, DISCOAL.replace(*change, 1))) == message


@pytest.mark.parametrize("end", range(1, len(DISCOAL), 3))
def test_a_file_that_is_cut_anywhere_gives_whole_replicates_and_says_so(tmp_path, end):
    whole = read(written(tmp_path, DISCOAL))
    blocks = []
    try:
        for block in ms_format.read_ms(written(tmp_path, DISCOAL[:end]), 4):
            blocks.append(block)
    except CoalflowError as error:
        assert CUT.search(str(error))
    for ours, theirs in zip(blocks, whole, strict=False):
        np.testing.assert_array_equal(ours.alleles, theirs.alleles)
        np.testing.assert_array_equal(ours.positions, theirs.positions)


@PROPERTY
@given(st.data())
def test_a_damaged_file_is_refused_or_read_but_never_crashes(tmp_path_factory, data):
    lines = DISCOAL.encode().split(b"\n")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        junk = data.draw(
            st.sampled_from([b"//", b"segsites: 2", b"segsites:", b"positions:", b"0110", b""])
            | st.binary(max_size=12)
        )
        lines[place : place + data.draw(st.integers(0, 2))] = [junk]
    path = tmp_path_factory.mktemp("ms") / "a.ms"
    path.write_bytes(b"\n".join(lines))
    try:
        blocks = read(path)
    except CoalflowError as error:
        assert str(error).startswith(str(path))
    else:
        for block in blocks:
            assert block.alleles.shape == (len(block.positions), 4)
            assert block.alleles.max(initial=0) <= 1


def test_a_cut_last_replicate(tmp_path):
    path = written(tmp_path, DISCOAL[:-4])
    expected = ":19: replicate 3: ends after 2 of the 4 haplotypes that simulation.samples makes. "
    assert complaint(path) == f"{expected}{ms_format.CUT_OFF}."
    path = written(tmp_path, DISCOAL[: DISCOAL.index("011\n000") + 2])
    expected = ":9: replicate 1: haplotype 3 has 2 alleles, but segsites is 3. "
    assert complaint(path) == expected + ms_format.CUT_OFF


def test_a_gzip_file_that_is_cut_or_damaged(tmp_path):
    path = written(tmp_path, DISCOAL * 50, "a.ms.gz")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert complaint(path).endswith("the gzip file ends too early: copy or simulate it again")
    path.write_bytes(content[:30] + bytes(20) + content[50:])
    assert "copy or simulate it again" in complaint(path)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "#CHROM\tPOS\n"])
def test_another_kind_of_text(tmp_path, text):
    assert "no line begins with //" in complaint(written(tmp_path, text))


def test_a_tree_sequence_is_not_text(tmp_path):
    path = tmp_path / "a.trees"
    msprime.sim_ancestry(2, random_seed=1).dump(path)
    assert complaint(path).startswith(": is not text")
