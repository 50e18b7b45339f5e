"""What the pages show and do not run: commands are understood as they stand, data parse."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from seldon_workbench.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
OURS = ("seldon-workbench", "seldon-core-", "seldon-batch-processor")
"""How our commands begin; others that a page shows are not ours to test."""

_FENCE = re.compile(r"^```(?P<kind>\S*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def shown(*kinds: str) -> list[tuple[str, str]]:
    """Page and text of every block of these kinds."""
    return [
        (page.name, found["text"])
        for page in PAGES
        for found in _FENCE.finditer(page.read_text(encoding="utf-8"))
        if found["kind"] in kinds
    ]


def commands() -> list[str]:
    """Every line of ours in a block that is only shown, without its prompt and its variables."""
    lines = [line.removeprefix("$ ") for _, text in shown("", "console") for line in text.splitlines()]
    bare = [re.sub(r"^([A-Z_]+=\S+ )+", "", line) for line in lines]
    return [line for line in bare if line.startswith(OURS) and " shows an example" not in line]


@pytest.mark.parametrize("line", commands())
def test_a_command_that_is_shown_is_understood(line: str, tmp_path: Path) -> None:
    script, *words = shlex.split(line, comments=True)
    words = [word for word in words if word != "&"]
    done = subprocess.run(
        [str(BIN / script), *words, "--no-such-flag"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (2, 255), done.stderr
    complaint = done.stderr.partition("--no-such-flag")[0].rpartition("\n")[2]
    assert "--no-such-flag" in done.stderr
    assert " --" not in complaint.replace("--help", ""), "it does not know another flag either"


def test_commands_are_found() -> None:
    assert len(commands()) >= 8


@pytest.mark.parametrize(("page", "text"), shown("json"))
def test_json_that_is_shown_parses(page: str, text: str) -> None:
    assert json.loads(text), page


@pytest.mark.parametrize(("page", "text"), shown("yaml"))
def test_yaml_that_is_shown_parses(page: str, text: str) -> None:
    assert yaml.safe_load(text), page


@pytest.mark.parametrize(("page", "text"), shown("toml"))
def test_settings_that_are_shown_are_settings(page: str, text: str) -> None:
    table = tomllib.loads(text)["tool"]["seldon_workbench"]
    table.pop("ssl-certfile", None)  # a file that is not here
    assert Settings.from_env({}, project=table) != Settings.from_env({}), page
