"""contract.json: what is read, what is refused and why, and what is drawn."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seldon_workbench.companions.contract import (
    SeldonTesterException,
    columns_of,
    create_seldon_api_testing_file,
    generate_batch,
    names_of,
    read_contract,
    unfold_contract,
)
from seldon_workbench.companions.fit import misfits

NUMBER = {"name": "x", "ftype": "continuous", "dtype": "FLOAT", "range": [0, 1]}
CHOICE = {"name": "c", "ftype": "categorical", "values": ["u", "v"]}


def contract(*features: Any, targets: Any = ()) -> dict[str, Any]:
    return {"features": list(features), "targets": list(targets)}


# ---- reading -------------------------------------------------------------------------------------


def test_repeat_is_written_out_as_seldon_names_it() -> None:
    once = NUMBER | {"name": "w", "repeat": 1}
    folded = contract(
        NUMBER | {"repeat": 2}, once, CHOICE, targets=[NUMBER | {"name": "y", "repeat": 2}, CHOICE]
    )
    unfolded = unfold_contract(folded)
    assert names_of(unfolded) == ["x1", "x2", "w1", "c"]
    assert [entry["name"] for entry in unfolded["targets"]] == ["y:0", "y:1", "c"]
    assert all("repeat" not in entry for entry in unfolded["features"])
    assert folded["features"][0]["repeat"] == 2


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ([], "no list 'targets'"),
        ({"features": []}, "no list 'targets'"),
        (contract(), "no features"),
        (contract(1), r"features\[0\] is 1"),
        (contract(NUMBER | {"ftype": "FOO"}), r"Unknown feature type FOO \(features\[0\] 'x'\)"),
        (contract({"name": "x"}), "Unknown feature type None"),
        (contract(NUMBER, NUMBER | {"dtype": "FOO"}), r"features\[1\] 'x': dtype is 'FOO'"),
        (contract({"name": "x", "ftype": "continuous"}), "dtype is None"),
        (contract(NUMBER | {"range": [1]}), r"range is \[1\]"),
        (contract(NUMBER | {"range": [3, 1]}), "is empty"),
        (contract(NUMBER | {"range": [0, "-inf"]}), "is empty"),
        (contract(NUMBER | {"range": [0, "many"]}), "'many' is no end"),
        (contract(NUMBER | {"range": [True, 2]}), "True is no end"),
        (contract(NUMBER | {"shape": [0]}), r"shape is \[0\]"),
        (contract(NUMBER | {"shape": 3}), "shape is 3"),
        (contract(NUMBER | {"repeat": "4"}), "repeat is '4'"),
        (contract(CHOICE | {"values": []}), r"values is \[\]"),
        (contract({"name": "c", "ftype": "categorical"}), "values is None"),
        (contract(NUMBER, targets=[NUMBER | {"dtype": "FOO"}]), r"targets\[0\]"),
    ],
)
def test_a_contract_that_cannot_be_used_names_the_entry(tmp_path: Path, broken: Any, words: str) -> None:
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(broken))
    with pytest.raises(SeldonTesterException, match=words) as caught:
        read_contract(path)
    assert caught.value.message == str(caught.value)


def test_a_file_that_is_not_there_or_no_json_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SeldonTesterException, match="cannot be read"):
        read_contract(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(SeldonTesterException, match="is no JSON"):
        read_contract(tmp_path / "bad.json")


# ---- drawing -------------------------------------------------------------------------------------

ENDS = st.integers(-1000, 1000)
LENGTHS = st.lists(st.integers(1, 3), min_size=1, max_size=1)


@st.composite
def numbers(draw: st.DrawFn) -> dict[str, Any]:
    low, high = sorted((draw(ENDS), draw(ENDS)))
    ends = draw(st.sampled_from([[low, high], ["inf", high], ["-inf", high], [low, "inf"], ["inf", "inf"]]))
    entry = {"name": "x", "ftype": "continuous", "dtype": draw(st.sampled_from(["FLOAT", "INT"]))}
    entry |= {"range": ends} if draw(st.booleans()) else {}
    return entry | ({"shape": draw(LENGTHS)} if draw(st.booleans()) else {})


CHOICES = st.builds(
    lambda values: CHOICE | {"values": values},
    st.lists(st.one_of(st.text(max_size=3), st.integers(-5, 5), st.booleans()), min_size=1, max_size=4),
)


@given(st.lists(st.one_of(numbers(), CHOICES), min_size=1, max_size=5), st.integers(1, 6))
def test_every_batch_fits_the_contract_it_was_drawn_from(entries: list[Any], rows: int) -> None:
    described = unfold_contract(contract(*entries, targets=entries))
    batch = generate_batch(described, rows, "features")
    assert batch.shape == (rows, sum(column.width for column in columns_of(described, "features")))
    loose = [
        # An INT is drawn, then rounded as Seldon rounds: it may end one beyond its range.
        entry | {"range": ["inf", "inf"]} if entry.get("dtype") == "INT" else entry
        for entry in described["targets"]
    ]
    reply = json.loads(json.dumps({"data": {"ndarray": batch.tolist()}}))
    assert misfits(columns_of({"targets": loose}, "targets"), reply, rows) == []


@given(numbers(), st.integers(1, 20))
def test_numbers_have_three_decimals_and_stay_in_range(entry: dict[str, Any], rows: int) -> None:
    drawn = generate_batch(contract(entry), rows, "features")
    (column,) = columns_of(contract(entry), "features")
    assert drawn.dtype == np.float64
    assert np.array_equal(np.around(drawn, 3), drawn)
    if column.is_integer:
        assert np.array_equal(np.trunc(drawn), drawn)
    slack = 1.0 if column.is_integer else 0.0
    assert ((drawn >= column.low - slack) & (drawn <= column.high + slack)).all()


def test_shape_gives_each_row_an_array() -> None:
    image = NUMBER | {"shape": [4, 3, 2]}
    assert generate_batch(contract(image), 5, "features").shape == (5, 4, 3, 2)
    assert generate_batch(contract(image, image), 5, "features").shape == (5, 8, 3, 2)


def test_columns_of_several_types_keep_them() -> None:
    wide = NUMBER | {"shape": [2]}
    batch = generate_batch(contract(wide, CHOICE, CHOICE | {"values": [1, 2]}), 3, "features")
    assert batch.shape == (3, 4)
    for row in batch.tolist():
        assert [type(value) for value in row] == [float, float, str, int]
    mixed = generate_batch(contract(CHOICE | {"values": ["a", 1]}), 50, "features")
    assert {type(value) for value in mixed.ravel().tolist()} == {str, int}


def test_images_do_not_fit_beside_plain_columns() -> None:
    with pytest.raises(SeldonTesterException, match=r"features\[1\] 'x': shape \[2, 2\] does not fit"):
        generate_batch(contract(CHOICE, NUMBER | {"shape": [2, 2]}), 2, "features")


def test_every_value_of_a_choice_is_drawn_some_day() -> None:
    assert set(generate_batch(contract(CHOICE), 100, "features").ravel()) == {"u", "v"}


def test_numpys_seed_makes_a_batch_repeatable() -> None:
    described = contract(NUMBER, NUMBER | {"range": [0, "inf"]}, CHOICE)
    batches = []
    for _ in range(2):
        np.random.seed(7)
        batches.append(generate_batch(described, 4, "features").tolist())
    assert batches[0] == batches[1]


# ---- whether a reply fits ------------------------------------------------------------------------

PAIR = [NUMBER | {"name": "y", "repeat": 2}]


@pytest.mark.parametrize(
    ("reply", "rows", "words"),
    [
        ({"data": {"ndarray": [[0.5, 1]]}}, 1, None),
        ({"data": {"tensor": {"shape": [2, 2], "values": [0, 0.25, 0.5, 1]}}}, 2, None),
        ({"data": {"ndarray": [0.5, 1]}}, 1, None),
        ({"data": {"ndarray": [[0.5, 1.0000001]]}}, 1, None),
        ({"data": {"ndarray": [[0.5, 1.5]]}}, 1, r"targets\[1\] 'y:1': 1.5 is not within \[0, 1\]"),
        ({"data": {"ndarray": [[0.5, "NaN"]]}}, 1, "nan is not within"),
        ({"data": {"tensor": {"shape": [1, 2], "values": ["NaN", 1]}}}, 1, "nan is not within"),
        ({"data": {"ndarray": [[0.5, 0.5, 0.5]]}}, 1, r"shape \[1, 3\], the targets say \[1, 2\]"),
        ({"data": {"ndarray": [[0.5, 0.5]]}}, 2, r"shape \[1, 2\], the targets say \[2, 2\]"),
        ({"data": {"ndarray": [["0.5", 0.5]]}}, 1, "'0.5' is no number"),
        ({"data": {"ndarray": [[None, 0.5]]}}, 1, "None is no number"),
        ({"data": {"ndarray": [[[0.5], [0.5, 1]]]}}, 1, "no number"),
        ({"data": {"ndarray": 3}}, 1, "shape"),
        ({"data": {"tensor": {"shape": [3], "values": [1]}}}, 1, "cannot be read"),
        ({"strData": "x"}, 1, "carries strData"),
        ({"meta": {}}, 1, "carries no data"),
        ({"data": {}}, 1, "carries no data"),
        ([1], 1, "no SeldonMessage"),
        (None, 1, "no SeldonMessage"),
    ],
)
def test_a_reply_is_held_against_the_targets(reply: Any, rows: int, words: str | None) -> None:
    columns = columns_of(unfold_contract(contract(targets=PAIR)), "targets")
    found = misfits(columns, reply, rows)
    if words is None:
        assert found == []
    else:
        (problem, *_) = found
        assert re.search(words, problem)


def test_choices_and_integers_are_held_against_the_targets_too() -> None:
    whole = NUMBER | {"name": "n", "dtype": "INT", "range": [0, "inf"]}
    columns = columns_of(contract(targets=[CHOICE, whole]), "targets")
    assert misfits(columns, {"data": {"ndarray": [["u", 3.0]]}}, 1) == []
    problems = misfits(columns, {"data": {"ndarray": [["w", 3.5], ["z", 1], ["q", 1]]}}, 3)
    assert "'w', 'z' and 1 more are not among ['u', 'v']" in problems[0]
    assert "3.5 is no integer" in problems[1]


def test_without_targets_every_message_fits() -> None:
    assert misfits([], {"strData": "x"}, 1) == []


# ---- writing -------------------------------------------------------------------------------------


class Table:
    """What a DataFrame looks like from here."""

    def __init__(self, **columns: Any) -> None:
        self._columns = columns
        self.columns = list(columns)

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]


def test_the_contract_of_a_table_describes_its_columns(tmp_path: Path) -> None:
    table = Table(
        age=np.array([3, 1, 2]),
        height=np.array([1.5, math.nan, 2.5]),
        kind=["a", None, "b"],
        is_old=np.array([True, False, True]),
        empty=np.array([math.nan] * 3),
        label=[0, 1, 1],
    )
    path = tmp_path / "contract.json"
    assert create_seldon_api_testing_file(table, "label", path) is True
    written = read_contract(path)
    assert written["targets"] == [{"name": "label", "dtype": "INT", "ftype": "continuous", "range": [0, 1]}]
    assert written["features"] == [
        {"name": "age", "dtype": "INT", "ftype": "continuous", "range": [1, 3]},
        {"name": "height", "dtype": "FLOAT", "ftype": "continuous", "range": [1.5, 2.5]},
        {"name": "kind", "ftype": "categorical", "values": ["a", "b"]},
        {"name": "is_old", "ftype": "categorical", "values": [True, False]},
        {"name": "empty", "dtype": "FLOAT", "ftype": "continuous", "range": ["inf", "inf"]},
    ]
    assert generate_batch(written, 3, "features").shape == (3, 5)


def test_a_target_that_is_no_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SeldonTesterException, match="no column 'y'"):
        create_seldon_api_testing_file(Table(x=[1]), "y", tmp_path / "c.json")
