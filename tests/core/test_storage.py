"""Where a model lies."""

from pathlib import Path

import pytest

from seldon_workbench.errors import StorageMissing, StorageUnknown
from seldon_workbench.storage import Storage


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "weights").mkdir(parents=True)
    (folder / "model.txt").write_text("m", encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["", "model.txt"])
def test_a_path_that_exists_is_where_it_is(model: Path, name: str) -> None:
    path = str(model / name)
    assert Storage.download(path) == Storage.download(f"file://{path}") == path


def test_a_relative_path_will_do(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(model.parent)
    assert Storage.download("model") == "model"
    assert Path(Storage.download("model", "out"), "model.txt").read_text(encoding="utf-8") == "m"


def test_a_file_that_is_not_there_is_a_runtime_error() -> None:
    with pytest.raises(RuntimeError) as raised:
        Storage.download("file:///nowhere/x")
    assert str(raised.value) == "Local path file:///nowhere/x does not exist."
    assert isinstance(raised.value, StorageMissing)
    assert raised.value.hint


@pytest.mark.parametrize("uri", ["s3://a/b", "gs://x", "http://h/x", "/nowhere/x", "relative/x", ""])
def test_nothing_is_fetched(uri: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(StorageUnknown) as raised:
        Storage.download(uri, str(out))
    assert str(raised.value) == (
        f"Cannot recognize storage type for {uri}. Only file:// is currently available as storage type."
    )
    assert raised.value.hint
    assert not out.exists()


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_what_is_in_a_folder_is_linked_into_the_one_that_is_asked_for(model: Path, scheme: str) -> None:
    out = model.parent / "new" / "out"
    assert Storage.download(f"{scheme}{model}", str(out)) == str(out)
    assert sorted(entry.name for entry in out.iterdir()) == ["model.txt", "weights"]
    assert all(entry.is_symlink() for entry in out.iterdir())
    assert (out / "model.txt").read_text(encoding="utf-8") == "m"


def test_a_file_is_linked_under_its_name(model: Path) -> None:
    out = model.parent / "out"
    assert Storage.download(str(model / "model.txt"), str(out)) == str(out)
    assert (out / "model.txt").read_text(encoding="utf-8") == "m"


def test_it_may_be_asked_for_again(model: Path) -> None:
    out = str(model.parent / "out")
    assert Storage.download(str(model), out) == Storage.download(str(model), out) == out


def test_another_file_of_that_name_is_not_passed_for_the_model(model: Path) -> None:
    out = model.parent / "out"
    out.mkdir()
    (out / "model.txt").write_text("another", encoding="utf-8")
    with pytest.raises(FileExistsError):
        Storage.download(str(model), str(out))
    assert (out / "model.txt").read_text(encoding="utf-8") == "another"
