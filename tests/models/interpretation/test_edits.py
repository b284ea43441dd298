import numpy as np
import pytest
from helpers.data import make_encoding, make_observation
from helpers.models import (
    make_view,
    padded,
    replicates_of,
    save_untrained_net,
    varied_matrices,
    windows_of,
)

from coalflow.models.interpretation import edits
from coalflow.models.storage.nets import load_net
from coalflow.statistics.allele_counts import Sites
from coalflow.windows.packed_windows import Windows


@pytest.fixture
def generator():
    return np.random.default_rng(1)


@pytest.fixture(scope="module")
def windows():
    return windows_of(varied_matrices(10, seed=1))


@pytest.fixture(scope="module")
def roomy():
    """The same windows, with padding."""
    return padded(windows_of(varied_matrices(10, seed=1)), 2, 4)


def pad_view():
    encoding = make_encoding(sites=14, pad=True, length=10_000, order="sampled")
    return make_view().model_copy(update={"encoding": encoding})


def segregating(windows):
    return Sites(windows).compute_segregating_sites(1)[:, 0]


def diversity(windows):
    return Sites(windows).compute_diversity(1)[:, 0]


def test_singletons_fill_padding_and_add_their_diversity(roomy, generator):
    edited = edits.add_singletons(roomy, pad_view(), 5, generator)
    assert edited.shape == roomy.shape
    assert (segregating(edited) == 13).all()
    np.testing.assert_allclose(diversity(edited), diversity(roomy) + 5 * 2 * 5 / 30)
    for positions, mask in zip(edited.positions, edited.mask, strict=True):
        assert (np.diff(positions[mask]) >= 0).all()


def test_without_padding_the_outermost_sites_make_room(windows, generator):
    edited = edits.add_singletons(windows, make_view(), 3, generator)
    assert edited.shape == windows.shape and edited.mask.all()
    assert (segregating(edited) == 8).all()
    np.testing.assert_allclose(edited.positions[:, 0], 0)
    np.testing.assert_allclose(edited.positions[:, -1], 1)
    assert (np.diff(edited.positions, axis=1) >= 0).all()


def test_the_rarest_alleles_become_common(windows, generator):
    before = np.sort(windows.haplotypes.sum(axis=2), axis=1)
    edited = edits.raise_frequencies(windows, make_view(), 2, generator)
    assert (edited.haplotypes.sum(axis=2) == 3).sum() >= (before == 3).sum() + 10
    assert (segregating(edited) == 8).all()
    assert (diversity(edited) > diversity(windows)).all()


def test_copies_replace_haplotypes(windows, generator):
    edited = edits.double_haplotype(windows, make_view(), 2, generator)
    for old, new in zip(windows.haplotypes, edited.haplotypes, strict=True):
        columns = [column.tobytes() for column in new.T]
        assert max(map(columns.count, columns)) >= 3
        assert {*columns} <= {column.tobytes() for column in old.T}


def test_flipped_sites_have_the_other_allele(windows, generator):
    edited = edits.flip_polarity(windows, make_view(), 3, generator)
    differing = (edited.haplotypes != windows.haplotypes).all(axis=2)
    assert (differing.sum(axis=1) == 3).all()
    np.testing.assert_allclose(diversity(edited), diversity(windows))


def test_flipping_makes_no_difference_where_ancestral_alleles_are_not_known(windows, generator):
    view = make_view().model_copy(update={"observation": make_observation(polarised=False)})
    folded = edits.flip_polarity(windows, view, 0, generator)
    again = edits.flip_polarity(folded, view, 8, generator)
    np.testing.assert_array_equal(again.packed, folded.packed)


@pytest.mark.parametrize("edit", edits.EDITS.values())
def test_nothing_edited_is_nothing_changed(edit, windows, generator):
    edited = edit(windows, make_view(), 0, generator)
    for old, new in zip(windows.arrays, edited.arrays, strict=True):
        np.testing.assert_allclose(new, old, atol=1e-6)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("edit", edits.EDITS.values())
def test_windows_without_sites_and_more_than_there_is(edit, windows, generator):
    empty = Windows.pack(
        np.zeros((2, 14, 6), np.uint8), np.zeros((2, 14), np.float32), np.zeros((2, 14), bool)
    )
    assert edit(empty, pad_view(), 2, generator).shape == empty.shape
    assert edit(windows, make_view(), 50, generator).shape == windows.shape


def test_predictions_stand_next_to_theory(windows, generator, tmp_path):
    save_untrained_net(tmp_path, replicates_of(varied_matrices(10, seed=1)))
    model = load_net(tmp_path)
    table = edits.compare_edits([model], windows, make_view(), [1, 2], generator)
    assert table["edit"].value_counts().to_dict() == {
        "as it is": 1,
        **dict.fromkeys(edits.EDITS, 2),
    }
    first = table.iloc[0]
    assert first["theory"] == pytest.approx(diversity(windows).mean())
    assert first["predicted"] == pytest.approx(model.predict(windows).values.mean())
    flipped = table[table["edit"] == "polarity flipped"]
    np.testing.assert_allclose(flipped["theory"], first["theory"])


def test_windows_with_missing_genotypes_are_refused(windows, generator):
    called = np.ones(windows.shape, np.uint8)
    missing = Windows.pack(windows.haplotypes, windows.positions, windows.mask, called)
    with pytest.raises(ValueError, match="missing genotypes"):
        edits.flip_polarity(missing, make_view(), 1, generator)
