"""From a TARGET to the source of its class, without running any of it."""

from pathlib import Path

import pytest
from doctoring import examined

from seldon_workbench.doctor.source import on_disk
from seldon_workbench.errors import LoadFailed, TargetInvalid, TargetNotFound

BOMB = "raise SystemExit('this file was run')\n"
MODEL = "class MyModel:\n    def predict(self, X):\n        return X\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "target"),
    [
        ("MyModel.py", "MyModel"),
        ("model.py", "model.MyModel"),
        ("pkg/deep/model.py", "pkg.deep.model.MyModel"),
        ("model.py", "model.py:MyModel"),
        ("model.py", "model.py"),
    ],
)
def test_every_form_of_a_target_is_read_and_none_is_run(file: str, target: str) -> None:
    for folder in Path(file).parents:
        write(str(folder / "__init__.py"), BOMB)
    write(file, MODEL + BOMB)
    report = examined(target)
    assert [(each.rule.code, each.file, each.line, each.column) for each in report.findings] == [
        ("D201", file, 2, 5)
    ]


def test_what_model_name_has_to_be_is_told() -> None:
    write("MyModel.py", MODEL)
    write("model.py", MODEL)
    assert examined("MyModel").model_name == "MyModel"
    assert examined("model.py").model_name == "model.MyModel"


def test_a_base_in_the_same_file_is_read_with_it() -> None:
    write("model.py", f"{MODEL}\nclass Derived(MyModel):\n    def tags(self, X):\n        return {{}}\n")
    assert [each.rule.code for each in examined("model.py:Derived").findings] == ["D201", "D203"]


def test_an_overridden_method_of_a_base_does_not_count() -> None:
    write("model.py", f"{MODEL}\nclass Derived(MyModel):\n    def predict(self, X, n):\n        return X\n")
    assert examined("model.py:Derived").findings == ()


@pytest.mark.parametrize("line", ["from base import MyModel", "from .base import MyModel"])
def test_a_base_of_a_file_near_by_is_read_with_it(line: str) -> None:
    write("base.py", MODEL)
    write("model.py", f"{line}\n\nclass Derived(MyModel):\n    x = 1\n")
    (finding,) = examined("model.py:Derived").findings
    assert (finding.rule.code, finding.file) == ("D201", "base.py")


def test_a_class_that_a_package_passes_on_is_found_where_it_is_written() -> None:
    write("pkg/__init__.py", "from .impl import MyModel\n")
    write("pkg/impl.py", MODEL)
    (finding,) = examined("pkg.MyModel").findings
    assert finding.file == "pkg/impl.py"


def test_a_class_within_a_class_is_found() -> None:
    inner = "\n".join(f"    {line}" for line in MODEL.splitlines())
    write("model.py", f"class Outer:\n{inner}\n")
    assert on_disk("model.py:Outer.MyModel").classes[0].node.name == "MyModel"
    with pytest.raises(TargetNotFound, match="no class Other"):
        on_disk("model.py:Outer.Other")


def test_bases_that_inherit_from_each_other_come_to_an_end() -> None:
    write("a.py", "from b import B\n\nclass A(B):\n    pass\n")
    write("b.py", "from a import A\n\nclass B(A):\n    pass\n")
    assert [each.node.name for each in on_disk("a.py:A").classes] == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "target", "error", "said"),
    [
        ("class A:\n  def f(", "model.py:A", LoadFailed, "reading model.py failed: SyntaxError"),
        (MODEL, "other.py:A", TargetNotFound, "there is no file other.py"),
        (MODEL, "model.py:YourModel", TargetNotFound, "defines no YourModel"),
        (MODEL, "nowhere.Model", TargetNotFound, "no module 'nowhere'"),
        ("x = 1\n", "model.py", TargetNotFound, "defines no class with predict"),
        (f"{MODEL}{MODEL.replace('My', 'Your')}", "model.py", TargetInvalid, "several components"),
        ("model = object()\n", "model.py:model", TargetInvalid, "no class"),
    ],
)
def test_a_target_that_cannot_be_read_is_an_error(
    text: str, target: str, error: type[Exception], said: str
) -> None:
    write("model.py", text)
    with pytest.raises(error, match=said):
        examined(target)
