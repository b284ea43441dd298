"""Accessibility masks: what BED files say, and what is refused."""

import gzip

import numpy as np
import pytest
import scipy.stats
from helpers.data import PROPERTY
from hypothesis import given
from hypothesis import strategies as st

from coalflow.core.errors import CoalflowError
from coalflow.windows import masks


def mask_of(folder, text, name="mask.bed"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return masks.read_mask(str(path))


@PROPERTY
@given(
    st.lists(
        st.tuples(st.sampled_from(["1", "2"]), st.integers(0, 40), st.integers(1, 10)), min_size=1
    )
)
def test_stretches_in_any_order_cover_what_they_say(tmp_path_factory, drawn):
    lines = [f"{contig}\t{start}\t{start + length}" for contig, start, length in drawn]
    mask = mask_of(tmp_path_factory.mktemp("mask"), "\n".join(lines))
    for contig in "12":
        expected = np.zeros(60, bool)
        for of, start, length in drawn:
            if of == contig:
                expected[start : start + length] = True
        np.testing.assert_array_equal(mask.covers(contig, np.arange(60)), expected)
        assert mask.covered_share(contig, 5, 45) == pytest.approx(expected[5:45].mean())
        assert (np.diff(mask.edges.get(contig, [0, 1])) > 0).all()


def test_comments_names_spaces_and_compression_do_not_matter(tmp_path):
    plain = mask_of(tmp_path, "1\t0\t10\n1\t20\t30\n")
    other = "track name=a\n# b\n\n1 0 10 a 0 +\r\n1 20 30 b 0 -\r\n"
    assert mask_of(tmp_path, other, "other.bed").edges["1"].tolist() == [0, 10, 20, 30]
    packed = mask_of(tmp_path, gzip.compress(other.encode()), "mask.bed.gz")
    np.testing.assert_array_equal(packed.edges["1"], plain.edges["1"])


def test_all_beginnings_are_equally_likely(tmp_path):
    mask = mask_of(tmp_path, "1\t5\t7\n1\t10\t15\nshort\t0\t3\n2\t0\t6\n")
    fractions = (np.arange(7000) + 0.5) / 7000
    contig, base = mask.draw_stretches(np.full(7000, 5.0), fractions)
    # Contig 1 goes from 5 to 15, contig 2 from 0 to 6: 6 and 2 beginnings.
    drawn = np.bincount(contig * 20 + base)
    assert np.flatnonzero(drawn).tolist() == [5, 6, 7, 8, 9, 10, 40, 41]
    assert np.ptp(drawn[drawn > 0]) <= 1
    random = np.random.default_rng(1).random(4000)
    _, base = mask.draw_stretches(np.repeat([5.0, 4.5], 2000), random)  # 4.5 bases take 5
    counts = [np.bincount(some, minlength=11) for some in (base[:2000], base[2000:])]
    assert scipy.stats.chi2_contingency([c[counts[0] > 0] for c in counts]).pvalue > 0.001


REFUSED = {
    "two columns": ("1\t0\n", ":1: is '1\\t0', but a line of a BED file has a contig"),
    "words for bases": ("1\t0\t10\n1\tstart\tend\n", ":2: is '1\\tstart\\tend', but"),
    "end before start": ("1\t10\t5\n", ":1: goes from 10 to 5, but a stretch begins at 0 or later"),
    "negative": ("1\t-1\t5\n", ":1: goes from -1 to 5"),
    "nothing": ("# empty\n", ": has no stretches: list those that are accessible"),
    "no text": (
        b"\xff\xfe\x00\x01",
        ": cannot be read as text after line 0, so it is not a BED file",
    ),
    "cut off": (gzip.compress(b"1\t0\t10\n" * 5000)[:-20], ": cannot be read after line"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_a_bed_file_is_refused(case, tmp_path):
    text, message = REFUSED[case]
    with pytest.raises(CoalflowError) as caught:
        mask_of(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'mask.bed'}{message}")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CoalflowError, match="cannot be read at its beginning"):
        masks.read_mask(str(tmp_path / "nowhere.bed"))


def test_other_names_of_contigs_are_shown_side_by_side(tmp_path):
    mask = mask_of(tmp_path, "".join(f"chr{n}\t0\t10\n" for n in range(5)))
    with pytest.raises(CoalflowError) as caught:
        masks.refuse_unknown_contigs(mask, ["0", "1"], "a.vcf")
    assert "a.vcf: names its contigs 0, 1, but the mask" in str(caught.value)
    assert "names them chr0, chr1, chr2, ..." in str(caught.value)
    masks.refuse_unknown_contigs(mask, ["other", "chr1"], "a.vcf")


def test_the_description_counts_bases_and_distinguishes_files(tmp_path):
    mask_of(tmp_path, "1\t0\t10\n1\t20\t30\n2\t0\t5\n")
    described = masks.describe_mask(str(tmp_path / "mask.bed"))
    del described["sha256"]
    assert described == {
        "path": str(tmp_path / "mask.bed"),
        "contigs": 2,
        "stretches": 3,
        "accessible_bases": 25,
        "bases_spanned": 35,
    }
