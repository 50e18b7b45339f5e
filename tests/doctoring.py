"""Components written into a folder, and examined there."""

import textwrap
from pathlib import Path

from seldon_workbench.doctor.examine import Report, examine

__all__ = ["codes", "examined", "file_of", "place"]


def file_of(snippet: str) -> str:
    """A whole file around a snippet: methods alone are those of a class MyModel."""
    if "class " in snippet or snippet.startswith(("def double", "import")):
        return f"{snippet}\n"
    return f"class MyModel:\n{textwrap.indent(snippet, '    ')}\n"


def place(folder: Path, snippet: str, file: str = "") -> str:
    """Write a snippet, or a file beside a plain component; the TARGET to examine."""
    if file and not file.endswith(".py"):
        beside = folder / file
        beside.parent.mkdir(exist_ok=True)
        beside.write_text(snippet, encoding="utf-8")
        snippet = "def predict(self, X, names):\n    return X"
        file = ""
    path = folder / (file or "model.py")
    path.write_text(file_of(snippet), encoding="utf-8")
    return f"{path}:{_component_in(path)}"


def _component_in(path: Path) -> str:
    """The last class of a file, or else its first function."""
    lines = path.read_text(encoding="utf-8").splitlines()
    classes = [line for line in lines if line.startswith("class ")]
    head = classes[-1] if classes else next(line for line in lines if line.startswith("def "))
    return head.split()[1].split("(")[0].rstrip(":")


def examined(target: str, **options: tuple[str, ...]) -> Report:
    """The report on a target."""
    return examine(target, **options)


def codes(snippet: str, folder: Path, file: str = "") -> list[str]:
    """The codes of what is found in a snippet, in the order of the source."""
    return [finding.rule.code for finding in examined(place(folder, snippet, file)).findings]
