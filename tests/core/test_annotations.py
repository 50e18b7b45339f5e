"""The pod's annotations."""

import logging
from pathlib import Path

import pytest

from seldon_workbench.annotations import load_annotations, read_annotations


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ('foo="bar"', {"foo": "bar"}),
        ('  foo  =  "bar"  ', {"foo": "bar"}),
        ('x="a=b"', {"x": "a=b"}),
        ('x=""', {"x": ""}),
        ('x="', {"x": '"'}),
        ("y=unquoted", {"y": "unquoted"}),  # deviation: the original drops the first and the last letter
        ('seldon.io/rest-timeout="1500"', {"seldon.io/rest-timeout": "1500"}),
        ("", {}),
    ],
)
def test_a_line_is_an_annotation(line: str, read: dict[str, str]) -> None:
    assert read_annotations(line) == read


def test_a_line_without_a_value_is_passed_over_and_said(caplog: pytest.LogCaptureFixture) -> None:
    assert read_annotations('a="1"\nnonsense\n\nb="2"\n') == {"a": "1", "b": "2"}
    assert [record.message for record in caplog.records] == [
        "a line of the annotations has no value: 'nonsense'"
    ]


def test_annotations_are_read_from_their_file(tmp_path: Path) -> None:
    file = tmp_path / "annotations"
    file.write_text('a="1"\n', encoding="utf-8")
    assert load_annotations(file) == {"a": "1"}


def test_without_a_file_there_are_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert load_annotations(tmp_path / "annotations") == {}
    assert caplog.records == []


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_what_cannot_be_read_is_none_and_said(
    content: bytes | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "annotations"
    file.mkdir() if content is None else file.write_bytes(content)
    assert load_annotations(file) == {}
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
