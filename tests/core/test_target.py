"""A TARGET as people write it names a class, an instance, an estimator or a function."""

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from components import Answer, Identity, Nothing

from seldon_workbench.errors import LoadFailed, TargetInvalid, TargetNotFound
from seldon_workbench.target import Target, find, look_up

MODEL = """
from helper_beside import VALUE


class {name}:
    value = VALUE

    def predict(self, X, names):
        return X
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder: two components in files of their own, a package, and a module beside them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = dict(sys.modules)
    (tmp_path / "helper_beside.py").write_text("VALUE = 5\n")
    (tmp_path / "MyModel.py").write_text(MODEL.format(name="MyModel"))
    (tmp_path / "two.py").write_text(MODEL.format(name="First") + MODEL.format(name="Second"))
    (tmp_path / "pkg" / "sub").mkdir(parents=True)
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pkg" / "sub" / "__init__.py").write_text("class InPackage:\n    predict = print\n")
    (tmp_path / "pkg" / "sub" / "mod.py").write_text("class Cls:\n    predict = print\n")
    yield tmp_path
    for name in set(sys.modules) - set(before):
        del sys.modules[name]
    sys.modules.update(before)


# ---- every form ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("MyModel", "MyModel"),
        ("MyModel.MyModel", "MyModel"),
        ("MyModel.py", "MyModel"),
        ("MyModel.py:MyModel", "MyModel"),
        ("MyModel.py:", "MyModel"),
        ("./MyModel.py:MyModel", "MyModel"),
        ("two.First", "First"),
        ("two.py:Second", "Second"),
        ("pkg.sub.mod.Cls", "Cls"),
        ("pkg/sub/mod.py:Cls", "Cls"),
        ("pkg.sub.InPackage", "InPackage"),
    ],
)
def test_a_text_names_a_class(folder: Path, text: str, name: str) -> None:
    look_up(text)
    found = find(text)
    assert (found.name, found.subject.__name__, found.text) == (name, name, text)


def test_an_absolute_file_is_found_from_anywhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert find(f"{folder / 'MyModel.py'}:MyModel").subject.value == 5


def test_a_file_may_name_an_instance_a_function_or_something_within(folder: Path) -> None:
    (folder / "more.py").write_text(
        "from MyModel import MyModel\nmodel = MyModel()\ndef f(X):\n    return X\n"
        "class Space:\n    class Inner:\n        predict = print\n"
    )
    assert find("more.py:model").name == "model"
    assert find("more.py:f").subject("x") == "x"
    assert find("more.py:Space.Inner").name == "Inner"
    look_up("more.py:Space.Inner")


@pytest.mark.parametrize(
    ("subject", "name"),
    [(Identity, "Identity"), (Answer(1), "Answer"), (len, "len"), (lambda X: X, "<lambda>")],
)
def test_an_object_is_taken_as_it_is(subject: Any, name: str) -> None:
    assert find(subject) == Target(name, subject, name)


# ---- in a notebook -------------------------------------------------------------------------------


def test_a_name_of_the_notebook_comes_first(folder: Path) -> None:
    model = Answer(1)
    assert find("MyModel", {"MyModel": Identity}) == Target("Identity", Identity, "MyModel")
    assert find("model", {"model": model}) == Target("model", model, "model")


def test_a_name_the_notebook_does_not_have_is_looked_for_in_a_file(folder: Path) -> None:
    assert find("MyModel", {}).subject.value == 5
    assert find("two.First", {}).name == "First"


def test_a_name_that_is_nowhere_is_answered_with_the_notebooks_names(folder: Path) -> None:
    with pytest.raises(TargetNotFound) as caught:
        find("modle", {"model": 1, "_model": 2})
    assert caught.value.text == "modle is no name of this notebook, and there is no modle.py here"
    assert caught.value.hint == "did you mean model?"
    with pytest.raises(TargetNotFound) as caught:
        find("xyz", {"model": 1})
    assert caught.value.hint == "run the cell that defines it"


# ---- what is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        ("MyModle.py", "there is no file MyModle.py", "did you mean MyModel.py"),
        ("nowhere/x.py", "there is no file nowhere/x.py", ""),
        ("two.py:Frist", "defines no Frist", "did you mean First?"),
        ("two.Frist", "defines no Frist", "did you mean First?"),
        ("two.py:Zzz", "defines no Zzz", ""),
        ("Mymodle", "no module 'Mymodle' for 'Mymodle'", "name a class of Name.py here"),
        ("pkg.nosub.Cls", "no module 'pkg.nosub' for 'pkg.nosub.Cls'", "pkg.mod.Class or file.py:Class"),
        ("nopkg.sub.Cls", "no module 'nopkg.sub'", ""),
    ],
)
def test_a_target_that_is_not_there_is_answered_with_what_is(
    folder: Path, text: str, why: str, hint: str
) -> None:
    for search in (find, look_up):
        with pytest.raises(TargetNotFound) as caught:
            search(text)
        assert why in caught.value.text
        assert hint in caught.value.hint


def test_a_file_with_several_components_asks_which(folder: Path) -> None:
    with pytest.raises(TargetInvalid, match=r"two\.py defines several components") as caught:
        find("two.py")
    assert caught.value.hint == "choose one of two.py:First, two.py:Second"


def test_classes_that_are_imported_or_no_components_are_not_counted(folder: Path) -> None:
    (folder / "one.py").write_text(
        "from two import First\nclass Helper:\n    pass\nclass Mine:\n    def route(self, X, names):\n"
        "        return 1\n"
    )
    assert find("one.py").name == "Mine"


def test_a_file_without_a_component_says_so(folder: Path) -> None:
    with pytest.raises(TargetNotFound, match="no class with predict or another hook"):
        find("helper_beside.py")


@pytest.mark.parametrize(
    ("subject", "kind"),
    [(5, "int"), (Nothing(), "Nothing"), (types, "module"), ({"a": 1}, "dict")],
)
def test_what_cannot_be_served_is_told_by_its_type(subject: Any, kind: str) -> None:
    with pytest.raises(TargetInvalid, match=f"is a {kind}, which cannot be served") as caught:
        find(subject)
    assert "a class with predict" in caught.value.hint


def test_a_text_that_names_a_value_is_refused(folder: Path) -> None:
    with pytest.raises(TargetInvalid, match=r"two\.py:First\.value is a int"):
        find("two.py:First.value")


@pytest.mark.parametrize("text", ["broken.py:Model", "broken.Model", "broken.py"])
def test_a_file_that_raises_while_it_is_imported_is_a_failed_load(folder: Path, text: str) -> None:
    (folder / "broken.py").write_text("class Model:\n    predict = print\nraise ValueError('at import')\n")
    look_up(text)
    with pytest.raises(LoadFailed, match="ValueError: at import") as caught:
        find(text)
    assert caught.value.text.startswith("importing broken.py failed")


def test_a_file_with_a_syntax_error_is_a_failed_load_either_way(folder: Path) -> None:
    (folder / "broken.py").write_text("class Model(:\n")
    with pytest.raises(LoadFailed, match=r"reading broken\.py failed: SyntaxError"):
        look_up("broken.py:Model")
    with pytest.raises(LoadFailed, match=r"importing broken\.py failed: SyntaxError"):
        find("broken.py:Model")


# ---- importing -----------------------------------------------------------------------------------


def test_looking_up_runs_no_code_of_the_target(folder: Path) -> None:
    (folder / "pkg" / "__init__.py").write_text("raise SystemExit('imported')")
    (folder / "loud.py").write_text("raise SystemExit('imported')\nclass Model: pass\nName = 1\n")
    for text in ("loud.Model", "loud.py:Model", "loud.py:Name", "loud.py", "pkg.sub.mod.Cls"):
        look_up(text)
    assert "loud" not in sys.modules


def test_what_a_class_or_a_function_binds_is_no_target(folder: Path) -> None:
    (folder / "inner.py").write_text("def f(X):\n    local = X\nclass C:\n    predict = print\n")
    for name in ("local", "predict"):
        with pytest.raises(TargetNotFound, match=f"defines no {name}"):
            look_up(f"inner.py:{name}")


def test_looking_up_knows_imported_and_assigned_names(folder: Path) -> None:
    (folder / "names.py").write_text(
        "import os.path\nfrom a import b as c\nif True:\n    def late(X): ...\nx: int = 5\n"
        "async def coming(X): ...\n"
    )
    for name in ("os", "c", "late", "x", "coming"):
        look_up(f"names.py:{name}")
    with pytest.raises(TargetNotFound):
        look_up("names.py:b")


def test_a_module_beside_the_target_is_imported(folder: Path) -> None:
    assert find("MyModel").subject.value == 5
    (folder / "pkg" / "sub" / "nearby.py").write_text("VALUE = 7\n")
    (folder / "pkg" / "sub" / "user.py").write_text(
        "from nearby import VALUE\nclass M:\n    predict = print\n"
    )
    assert find("pkg/sub/user.py:M").name == "M"


def test_a_target_called_like_an_installed_module_leaves_that_alone(folder: Path) -> None:
    import json

    (folder / "json.py").write_text("class Model:\n    predict = print\n")
    found = find("json.py:Model")
    assert found.subject.__module__ == "_seldon_target_json"
    assert sys.modules["json"] is json
    assert sys.modules["_seldon_target_json"].Model is found.subject


def test_a_local_module_wins_over_an_installed_one(folder: Path) -> None:
    (folder / "hypothesis.py").write_text("class Model:\n    predict = print\n")
    assert find("hypothesis.Model").subject.__name__ == "Model"


def test_a_file_is_read_anew_each_time(folder: Path) -> None:
    first = find("MyModel").subject
    (folder / "MyModel.py").write_text(
        MODEL.format(name="MyModel").replace("VALUE\n\n    def", "6\n\n    def")
    )
    second = find("MyModel").subject
    assert (first.value, second.value) == (5, 6)


def test_the_module_is_registered_so_that_pickle_finds_its_classes(folder: Path) -> None:
    found = find("MyModel.py:MyModel").subject
    assert getattr(sys.modules[found.__module__], found.__qualname__) is found


def test_what_is_no_python_is_refused(folder: Path) -> None:
    (folder / "folder.py").mkdir()
    with pytest.raises(LoadFailed, match=r"importing folder\.py failed"):
        find("folder.py:Model")
