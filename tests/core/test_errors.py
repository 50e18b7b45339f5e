"""The tree of errors: every error has a text, a reason and a place in the drawing."""

import re

import pytest

from seldon_workbench import errors
from seldon_workbench.errors import (
    ComponentFailed,
    LoadFailed,
    MissingExtra,
    PortInUse,
    SeldonMicroserviceException,
    SeldonNotImplementedError,
    WorkbenchError,
    describe,
    is_seldon_exception,
    one_of,
)


def tree(error: type[WorkbenchError]) -> list[type[WorkbenchError]]:
    """A class and all below it."""
    return [error, *(each for below in error.__subclasses__() for each in tree(below))]


ERRORS = [error for error in tree(WorkbenchError) if error.__module__ == errors.__name__]


def test_every_error_stands_in_the_drawing_under_its_base() -> None:
    drawn: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"( +)([A-Z]\w+)", line)
        if not found:
            continue
        indent, name = len(found[1]), found[2]
        above = [each for each in above if each[0] < indent]
        drawn[name] = above[-1][1] if above else "Exception"
        above.append((indent, name))
    bases = {error.__name__: error.__bases__[0].__name__ for error in ERRORS}
    assert drawn == bases


def test_every_error_is_exported() -> None:
    assert {error.__name__ for error in ERRORS} <= set(errors.__all__)
    assert errors.__all__ == sorted(errors.__all__)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_has_a_reason_and_a_docstring(error: type[WorkbenchError]) -> None:
    assert error.reason.startswith("MICROSERVICE_")
    assert error.__doc__


def test_a_text_is_never_empty() -> None:
    assert WorkbenchError("said").text == "said"
    assert errors.PayloadError("").text == "PayloadError"


def test_a_hint_is_the_classs_unless_one_is_given() -> None:
    assert WorkbenchError("x").hint == ""
    assert WorkbenchError("x", hint="do that").hint == "do that"


@pytest.mark.parametrize(
    ("exception", "text"),
    [
        (ValueError("bad"), "bad"),
        (KeyError("k"), "'k'"),
        (AssertionError(), "AssertionError"),
        (SeldonMicroserviceException("said"), "said"),
        (SeldonMicroserviceException({"a": 1}), "{'a': 1}"),
        (SeldonMicroserviceException(""), "SeldonMicroserviceException"),
    ],
)
def test_an_exception_is_described_by_its_text_or_type(exception: BaseException, text: str) -> None:
    assert describe(exception) == text


def test_an_exception_that_cannot_be_shown_is_described_by_its_type() -> None:
    class Unspeakable(SeldonMicroserviceException):
        def __str__(self) -> str:
            raise ValueError

    error = Unspeakable("said")
    assert describe(error) == "said"
    error.message = Unspeakable("within")
    assert describe(error) == "Unspeakable"


def test_a_message_is_read_of_seldons_exceptions_alone() -> None:
    error = ValueError("args")
    error.message = "message"  # type: ignore[attr-defined]
    assert describe(error) == "args"


def test_an_exception_of_a_real_seldon_core_is_seldons_too() -> None:
    theirs = type("SeldonMicroserviceException", (Exception,), {"status_code": 418, "reason": "R"})
    error = type("Mine", (theirs,), {})()
    error.message = "said"
    assert is_seldon_exception(error)
    assert not is_seldon_exception(ValueError())
    failure = ComponentFailed(error)
    assert (failure.text, failure.status_code, failure.reason) == ("said", 418, "R")


def test_seldons_exception_carries_what_it_was_given() -> None:
    error = SeldonMicroserviceException("said", 418, {"pay": "load"}, "R")
    assert (error.message, error.status_code, error.payload, error.reason) == (
        *("said", 418, {"pay": "load"}, "R"),
    )
    assert error.to_dict() == {"status": {"status": 1, "info": "said", "code": -1, "reason": "R"}}
    plain = SeldonNotImplementedError("said")
    assert (plain.status_code, plain.reason, str(plain)) == (400, "MICROSERVICE_BAD_DATA", "said")


def test_a_failed_load_names_stage_type_and_text() -> None:
    original = ValueError("bad")
    failure = LoadFailed("load()", original)
    assert (failure.text, failure.original) == ("load() failed: ValueError: bad", original)


def test_a_port_in_use_names_a_free_one() -> None:
    failure = PortInUse(9000, 9001)
    assert (failure.text, failure.port, failure.free) == ("port 9000 is in use", 9000, 9001)
    assert failure.hint == "use port 9001, which is free, or 0 for any"


def test_a_missing_extra_tells_how_to_install_it() -> None:
    failure = MissingExtra("tui", "textual")
    assert (failure.text, failure.hint) == (
        *("textual is not installed", "pip install 'seldon-workbench[tui]'"),
    )


@pytest.mark.parametrize(
    ("names", "text"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_names_are_joined_with_or(names: list[str], text: str) -> None:
    assert one_of(names) == text
