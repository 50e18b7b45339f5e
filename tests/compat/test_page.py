"""The page of the guide about these imports: its code runs, top to bottom."""

import re
from pathlib import Path

from .fresh import run

PAGE = Path(__file__).resolve().parents[2] / "docs" / "seldon_core-imports.md"


def test_the_code_of_the_page_runs_from_top_to_bottom(tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.M | re.S)
    assert len(blocks) > 3
    assert run(*blocks, before="", cwd=tmp_path).startswith("1.18.2")
