"""What a component asks the environment for."""

from typing import Any

import pytest
from seldon_core import env_utils, utils

VARIABLES = {
    "get_model_name": "PREDICTIVE_UNIT_ID",
    "get_image_name": "PREDICTIVE_UNIT_IMAGE",
    "get_deployment_name": "SELDON_DEPLOYMENT_ID",
    "get_predictor_name": "PREDICTOR_ID",
}


@pytest.mark.parametrize(("function", "variable"), VARIABLES.items())
def test_names_are_those_the_platform_gave(
    function: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "given")
    assert getattr(env_utils, function)() == getattr(env_utils, function)("default") == "given"
    monkeypatch.delenv(variable)
    assert getattr(env_utils, function)("default") == "default"
    image = "NOT_IMPLEMENTED:NOT_IMPLEMENTED"
    assert getattr(env_utils, function)() == (image if function == "get_image_name" else "NOT_IMPLEMENTED")


def test_the_version_of_a_predictor_is_one_of_its_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTOR_LABELS", '{"version": "v9", "other": 1}')
    assert env_utils.get_predictor_version() == env_utils.get_predictor_version("default") == "v9"
    monkeypatch.setenv("PREDICTOR_LABELS", '{"other": 1}')
    assert env_utils.get_predictor_version() == env_utils.NONIMPLEMENTED_MSG == "NOT_IMPLEMENTED"
    assert env_utils.get_predictor_version("default") == "default"


@pytest.mark.parametrize(
    ("names", "options", "value"),
    [
        (["NOPE"], {}, None),
        (["NOPE", "SOME"], {}, "some"),
        (["NOPE"], {"default": "d"}, "d"),
        (["EMPTY", "SOME"], {"default": "d"}, ""),
        ([], {"default": "d"}, "d"),
    ],
)
def test_the_first_variable_that_is_set_is_read(
    names: list[str], options: Any, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME", "some")
    monkeypatch.setenv("EMPTY", "")
    assert utils.getenv(*names, **options) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("true", True), ("TRUE", True), ("T", True), ("1", True)),
        *(("false", False), ("yes", False), ("", False), ("2", False)),
    ],
)
def test_a_few_words_are_true(text: str, value: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", text)
    assert utils.getenv_as_bool("NOPE", "WORD", default=not value) is value


@pytest.mark.parametrize("default", [True, False])
def test_a_word_nobody_said_is_the_default(default: bool) -> None:
    assert utils.getenv_as_bool("NOPE", default=default) is default
    assert utils.getenv_as_bool("NOPE") is False


def test_whether_tensorflow_is_there_is_known_without_importing_it() -> None:
    from .fresh import run

    assert run(
        "from importlib.util import find_spec",
        "from seldon_core.imports_helper import _TF_PRESENT",
        "import sys",
        "print(_TF_PRESENT is (find_spec('tensorflow') is not None), 'tensorflow' in sys.modules)",
    ) == ("True False")
    assert run(
        "import sys, types; sys.modules['tensorflow'] = types.ModuleType('tensorflow')",
        "from seldon_core.imports_helper import _TF_PRESENT",
        "print(_TF_PRESENT)",
    ) == ("True")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ([], {}),
        ([{"name": "a", "value": "1", "type": "INT"}], {"a": 1}),
        (
            [
                {"name": "b", "value": "true", "type": "BOOL"},
                {"name": "s", "value": 3, "type": "STRING"},
                {"name": "f", "value": "0.5", "type": "DOUBLE"},
            ],
            {"b": True, "s": "3", "f": 0.5},
        ),
    ],
)
def test_parameters_are_read_by_their_type(given: Any, read: Any) -> None:
    from seldon_core.microservice import PARAMETERS_ENV_NAME, parse_parameters

    assert PARAMETERS_ENV_NAME == "PREDICTIVE_UNIT_PARAMETERS"
    assert parse_parameters(given) == read


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "a", "value": "x", "type": "INT"},
        {"name": "a", "value": "1", "type": "bad"},
        {"name": "a", "value": "maybe", "type": "BOOL"},
        {"value": "1", "type": "INT"},
        {"name": "a", "value": "1"},
    ],
)
def test_a_bad_parameter_is_refused(bad: Any) -> None:
    from seldon_core.flask_utils import SeldonMicroserviceException
    from seldon_core.microservice import parse_parameters

    with pytest.raises(SeldonMicroserviceException) as raised:
        parse_parameters([bad])
    assert raised.value.reason == "MICROSERVICE_BAD_PARAMETER"
    assert "parameter" in raised.value.message
