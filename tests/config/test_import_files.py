"""Patterns to files, in an order that a new file at the end does not change."""

from coalflow.config import import_files


def made(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()


def test_files_of_a_pattern_are_in_natural_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made(tmp_path, "b.ms", "a/x_2.trees", "a/x_10.trees", "a/x_1.trees", "a/y.trees")
    assert import_files.expand_patterns(["b.ms", "a/x_*.trees"]) == [
        "b.ms",
        "a/x_1.trees",
        "a/x_2.trees",
        "a/x_10.trees",
    ]


def test_names_with_brackets_are_names_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made(tmp_path, "x[1].ms", "x1.ms", "2x.ms", "x.ms", "xx.ms")
    assert import_files.expand_patterns(["x[1].ms"]) == ["x[1].ms"]
    assert import_files.expand_patterns(["x[1-9].ms"]) == ["x1.ms"]
    assert import_files.expand_patterns(["*.ms"]) == ["2x.ms", "x1.ms", "x.ms", "x[1].ms", "xx.ms"]


def test_what_is_no_file_gives_none(tmp_path):
    (tmp_path / "folder.ms").mkdir()
    assert (
        import_files.expand_patterns([str(tmp_path / "*.ms"), str(tmp_path / "no"), "x" * 5000])
        == []
    )
