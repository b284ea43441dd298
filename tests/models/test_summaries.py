"""What a first layer makes of windows is the same, to the bit, wherever and whenever it is made."""

import dataclasses
import errno
import multiprocessing
import os

import numpy as np
import pytest
import torch
from helpers.data import make_encoding
from helpers.models import make_view, replicates_of, varied_matrices, windows_of
from helpers.training import make_plan, run, same_weights

from coalflow.core.errors import CoalflowError
from coalflow.models import batches, summaries
from coalflow.models.nets.coalflow import Coalflow
from coalflow.models.summaries import KeptSummaries, Storage, keep_summaries
from coalflow.models.training import loop

ENCODING = make_view().encoding


def start(windows, **encoding):
    """Return windows as coalflow's own net takes them, made for each batch."""
    coded = make_encoding(**encoding) if encoding else ENCODING
    return batches.DeviceWindows(windows, coded, "cpu", Coalflow.first_layer)


def same(ours, theirs):
    return all(torch.equal(*pair) for pair in zip(ours, theirs, strict=True))


@pytest.fixture
def windows():
    return windows_of(varied_matrices(40, seed=3, sites=40, haplotypes=20))


# Batches -----------------------------------------------------------------------------------------


def test_how_alleles_and_positions_are_coded_makes_no_difference(windows):
    expected = start(windows).make_batch(slice(None))
    for coding in ({"coding": "signed"}, {"positions": "distance"}):
        assert same(start(windows, **coding).make_batch(slice(None)), expected)


def test_genotypes_half_way_are_neither_allele():
    """Where alleles are not called, or individuals are heterozygous."""
    windows = windows_of(varied_matrices(1, seed=3, sites=40, haplotypes=20))
    called = np.ones(windows.shape, np.uint8)
    called[0, 30, 2] = 0
    alleles = windows.haplotypes
    found = []
    for value, missing in ((0, False), (1, False), (0, True)):
        alleles[0, 30, 2] = value
        changed = batches.Windows.pack(
            alleles, windows.positions, windows.mask, called if missing else None
        )
        found.append(start(changed).make_batch(slice(None))[3])
    zero, one, between = found
    assert not torch.allclose(zero, between)
    assert not torch.allclose(one, between)


@pytest.fixture
def threads(request):
    """Compute with several threads, where a parameter says so."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("shape", "threads"),
    [((40, 20), 1), ((31, 7), 1), ((60, 33), 1), ((40, 7), 2)],
    indirect=["threads"],
)
def test_a_window_gives_the_same_bits_in_any_batch(shape, threads):
    sites, haplotypes = shape
    windows = start(windows_of(varied_matrices(48, 1, sites, haplotypes)))
    expected = windows.make_batch(slice(None))
    generator = torch.Generator().manual_seed(2)
    for size in (1, 2, 5, 31):
        rows = torch.randperm(48, generator=generator)[:size]
        for ours, theirs in zip(windows.make_batch(rows), expected, strict=True):
            assert torch.equal(ours, theirs[rows])


def test_summaries_of_mirrored_windows_are_mirrored_summaries(windows):
    rows = np.arange(40) % 3 == 0
    mirrored = dataclasses.replace(
        windows[:],
        packed=np.where(rows[:, None, None], windows.packed[:, ::-1], windows.packed),
        positions=np.where(rows[:, None], 1 - windows.positions[:, ::-1], windows.positions),
    )
    expected = start(mirrored).make_batch(slice(None))
    found = start(windows).make_batch(slice(None))
    found = Coalflow.first_layer.mirror_rows(found, torch.from_numpy(rows))
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=5e-5)


# Kept --------------------------------------------------------------------------------------------


def in_files(folder):
    return Storage(most=1000, folder=folder)


def list_files(folder):
    return sorted(path.name for path in folder.glob("*.npy"))


@pytest.mark.parametrize("most", [1e9, 1000])
@pytest.mark.parametrize("at_once", [1_000_000, 6000])
def test_what_is_kept_is_what_is_made_for_each_batch(most, at_once, windows, tmp_path, monkeypatch):
    monkeypatch.setattr(batches, "ALLELES_AT_ONCE", at_once)
    storage = Storage(int(most), tmp_path / "a folder")
    kept, note = keep_summaries(start(windows), "training", storage)
    assert isinstance(kept, KeptSummaries)
    assert len(kept) == 40
    assert ("in memory" in note) == (most == 1e9)
    assert len(list_files(tmp_path / "a folder")) == (most == 1000)
    for rows in (slice(3, 9), torch.tensor([7, 0, 31])):
        assert same(kept.make_batch(rows), start(windows).make_batch(rows))


def test_a_file_is_made_once_and_shared(windows, tmp_path, monkeypatch):
    made, note = keep_summaries(start(windows), "training", in_files(tmp_path))
    assert note.startswith("computed once, ")
    monkeypatch.setattr(summaries, "_fill", None)  # would fail
    taken, note = keep_summaries(start(windows), "training", in_files(tmp_path))
    assert note.startswith("computed before, ")
    assert same(made.make_batch(slice(None)), taken.make_batch(slice(None)))


def change_windows(windows, monkeypatch):
    return dataclasses.replace(windows, positions=windows.positions / 2)


def change_code(windows, monkeypatch):
    monkeypatch.setattr(summaries.digests, "digest_program", lambda name: f"other {name}")
    return windows


@pytest.mark.parametrize("change", [change_windows, change_code])
def test_a_file_of_other_windows_or_code_is_rebuilt(change, windows, tmp_path, monkeypatch):
    keep_summaries(start(windows), "training", in_files(tmp_path))
    keep_summaries(start(windows), "validation", in_files(tmp_path))
    before = list_files(tmp_path)
    kept, note = keep_summaries(start(change(windows, monkeypatch)), "training", in_files(tmp_path))
    assert note.startswith("computed once, ")
    after = list_files(tmp_path)
    assert len(after) == 2
    assert after[0] != before[0]
    assert after[1] == before[1]


@pytest.mark.parametrize("left", [0, 100, 5000])
def test_a_file_that_is_cut_is_rebuilt(left, windows, tmp_path):
    made, _ = keep_summaries(start(windows), "training", in_files(tmp_path))
    expected = [array.clone() for array in made.make_batch(slice(None))]
    (name,) = list_files(tmp_path)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).unlink()
    (tmp_path / name).write_bytes(content[:left])
    rebuilt, note = keep_summaries(start(windows), "training", in_files(tmp_path))
    assert note.startswith("computed once, ")
    assert same(rebuilt.make_batch(slice(None)), expected)


def test_what_kills_a_program_leaves_no_file(windows, tmp_path, monkeypatch):
    def fail(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(summaries, "_fill", fail)
    with pytest.raises(KeyboardInterrupt):
        keep_summaries(start(windows), "training", in_files(tmp_path))
    assert list_files(tmp_path) == []


def test_a_full_disk_is_said_in_one_line(windows, tmp_path, monkeypatch):
    def fail(file, offset, size):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "posix_fallocate", fail, raising=False)
    with pytest.raises(CoalflowError, match="the disk is full"):
        keep_summaries(start(windows), "training", in_files(tmp_path))
    assert list_files(tmp_path) == []


def test_nothing_is_kept_where_the_disk_has_no_room(windows, tmp_path, monkeypatch):
    monkeypatch.setattr(summaries, "_measure_free", lambda folder: 1000.0)
    kept, note = keep_summaries(start(windows), "training", in_files(tmp_path))
    assert note.startswith("computed for every batch, since ")
    assert same(kept.make_batch(slice(4)), start(windows).make_batch(slice(4)))


def _keep_in_another_process(windows, folder, queue):
    _, note = keep_summaries(start(windows), "training", in_files(folder))
    queue.put(note.partition(",")[0])


def test_of_programs_that_start_together_one_makes_the_file(windows, tmp_path):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    workers = [
        context.Process(target=_keep_in_another_process, args=(windows, tmp_path, queue))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    notes = sorted(queue.get(timeout=60) for _ in workers)
    for worker in workers:
        worker.join()
    assert notes == ["computed before", "computed before", "computed once"]


# Training ----------------------------------------------------------------------------------------


def train(folder, storage=None, replicates=None, **training):
    """Train coalflow's own net; return it."""
    data = replicates or [
        replicates_of(varied_matrices(number, seed=seed), "diversity")
        for number, seed in ((70, 1), (30, 2))
    ]
    plan = make_plan(net="coalflow", epochs=2, **{"augment": {"mirror": True}, **training})
    return run(*data, plan, folder / "checkpoint.pt", storage=storage or Storage())


def test_weights_are_the_same_kept_in_memory_in_a_file_or_not_at_all(tmp_path, monkeypatch, capsys):
    in_memory, history = train(tmp_path)
    in_file, of_file = train(tmp_path, in_files(tmp_path))
    assert len(list_files(tmp_path)) == 2
    shared, _ = train(tmp_path, in_files(tmp_path))
    monkeypatch.setattr(summaries, "_measure_free", lambda folder: 0.0)
    recomputed, of_recomputed = train(tmp_path, in_files(tmp_path / "other"))
    for other in (in_file, shared, recomputed):
        assert same_weights(in_memory, other)
    assert history == of_file == of_recomputed
    log = capsys.readouterr().err
    for what in ("in memory", "computed once, ", "computed before, ", "computed for every batch"):
        assert "first layer of 70 training windows: " in log
        assert what in log


@pytest.mark.parametrize(
    ("augment", "named"),
    [({"flip": 0.1}, "flip"), ({"mirror": True, "errors": True}, "errors")],
)
def test_windows_that_are_never_the_same_are_read_anew_which_the_log_says(
    augment, named, tmp_path, capsys
):
    data = [
        replicates_of(varied_matrices(number, seed=seed), "diversity")
        for number, seed in ((70, 1), (30, 2))
    ]
    plan = make_plan(net="coalflow", epochs=2, augment=augment)
    run(*data, plan, tmp_path / "c.pt", redraw=lambda epoch: data[0].windows)
    log = capsys.readouterr().err
    assert f"training windows: computed for every batch, since augmentation ({named})" in log
    assert "validation windows: computed once" in log


def test_part_of_the_windows_has_a_file_of_its_own(tmp_path):
    data = [
        replicates_of(varied_matrices(number, seed=seed), "diversity")
        for number, seed in ((70, 1), (30, 2))
    ]
    train(tmp_path, in_files(tmp_path))
    plan = make_plan(net="coalflow", epochs=1)
    settings = plan.settings.model_copy(update={"one_in": 2})
    plan = dataclasses.replace(plan, settings=settings)
    half = dataclasses.replace(
        data[0], windows=data[0].windows[:35], target=data[0].target[:35], table=data[0].table[:35]
    )
    run(half, data[1], plan, tmp_path / "half.pt", storage=in_files(tmp_path))
    names = [name.rpartition("-")[0] for name in list_files(tmp_path)]
    assert names == ["training", "training_1_in_2", "validation"]


def test_training_that_was_stopped_resumes_with_the_same_bits(tmp_path, monkeypatch):
    whole, history = train(tmp_path / "whole", batch_size=16)
    take_step = loop.Trainer.take_step
    steps = []

    def stop_once(self, rows):
        if len(steps) == 7:
            steps.append(None)
            raise KeyboardInterrupt
        steps.append(None)
        take_step(self, rows)
        self.save()

    monkeypatch.setattr(loop.Trainer, "take_step", stop_once)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, in_files(tmp_path), batch_size=16)
    resumed, of_resumed = train(tmp_path, in_files(tmp_path), batch_size=16)
    assert same_weights(whole, resumed)
    assert history == of_resumed
