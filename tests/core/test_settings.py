"""Settings: flag over environment over default, and what is refused."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from seldon_workbench.errors import BadParameter, BadSetting
from seldon_workbench.setting_files import read_annotations, read_project
from seldon_workbench.settings import Settings, Unit, parse_boolean, read_parameters

INTEGERS = {
    "http_port": "PREDICTIVE_UNIT_HTTP_SERVICE_PORT",
    "grpc_port": "PREDICTIVE_UNIT_GRPC_SERVICE_PORT",
    "metrics_port": "PREDICTIVE_UNIT_METRICS_SERVICE_PORT",
    "workers": "GUNICORN_WORKERS",
    "threads": "GUNICORN_THREADS",
    "max_requests": "GUNICORN_MAX_REQUESTS",
    "max_requests_jitter": "GUNICORN_MAX_REQUESTS_JITTER",
    "keepalive": "GUNICORN_KEEPALIVE",
    "grpc_workers": "GRPC_WORKERS",
    "grpc_threads": "GRPC_THREADS",
}
BOOLEANS = {
    "access_log": "GUNICORN_ACCESS_LOG",
    "echo_metrics": "INCLUDE_METRICS_IN_CLIENT_RESPONSE",
    "payload_passthrough": "PAYLOAD_PASSTHROUGH",
    "debug": "SELDON_DEBUG",
    "hide_scrapes": "FILTER_METRICS_ACCESS_LOGS",
    "tracing": "TRACING",
    "json_sort_keys": "FLASK_JSON_SORT_KEYS",
    "json_as_ascii": "FLASK_JSON_AS_ASCII",
    "json_pretty": "FLASK_JSONIFY_PRETTYPRINT_REGULAR",
}


def test_the_defaults_are_seldons_but_for_the_address() -> None:
    settings = Settings.from_env({})
    assert settings == dataclasses.replace(Settings(), asked=frozenset({"unit"}))
    ports = (settings.http_port, settings.grpc_port, settings.metrics_port, settings.metrics_path)
    assert ports == (9000, 5000, 6000, "/metrics")
    workers = (settings.workers, settings.threads, settings.grpc_workers, settings.grpc_threads)
    assert workers == (1, 1, 1, 1)
    limits = (settings.max_requests, settings.max_requests_jitter, settings.keepalive, settings.timeout)
    assert limits == (0, 0, 2, 5000)
    assert (settings.host, settings.max_body, settings.log_level) == ("127.0.0.1", 0, "INFO")
    assert (settings.access_log, settings.pidfile, settings.allowed_hosts) == (False, None, ())
    assert settings.cors
    assert settings.echo_metrics
    assert settings.feedback_metrics


@pytest.mark.parametrize(("name", "variable"), INTEGERS.items())
def test_an_integer_comes_from_its_variable_and_the_flag_wins(name: str, variable: str) -> None:
    settings = Settings.from_env({variable: " 3 "})
    assert getattr(settings, name) == 3
    assert name in settings.asked
    assert getattr(Settings.from_env({variable: "3"}, **{name: 4}), name) == 4


@pytest.mark.parametrize(("name", "variable"), INTEGERS.items())
@pytest.mark.parametrize("text", ["", "x", "1.5", "1 2"])
def test_an_integer_that_is_none_is_refused_by_its_variable(name: str, variable: str, text: str) -> None:
    with pytest.raises(BadSetting, match=f"{variable} is {text!r}, which is no integer") as caught:
        Settings.from_env({variable: text})
    assert variable in caught.value.hint


@pytest.mark.parametrize(("name", "variable"), BOOLEANS.items())
@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("1", True), ("t", True), ("TRUE", True), ("y", True), ("Yes", True), (" on ", True)),
        *(("", False), ("0", False), ("f", False), ("False", False), ("n", False), ("NO", False)),
        ("off", False),
    ],
)
def test_a_boolean_is_read_in_the_spellings_people_use(
    name: str, variable: str, text: str, value: bool
) -> None:
    assert getattr(Settings.from_env({variable: text}), name) is value
    assert getattr(Settings.from_env({variable: text}, **{name: not value}), name) is not value


def test_a_boolean_that_is_none_is_refused_by_its_variable() -> None:
    with pytest.raises(BadSetting, match="X is 'maybe', which is neither true nor false") as caught:
        parse_boolean("maybe", "X")
    assert caught.value.hint == "use true or false"
    with pytest.raises(BadSetting, match="GUNICORN_ACCESS_LOG"):
        Settings.from_env({"GUNICORN_ACCESS_LOG": "maybe"})


@pytest.mark.parametrize(("text", "value"), [("false", False), (" FALSE", False), ("0", True), ("", True)])
def test_only_the_word_false_switches_feedback_metrics_off(text: str, value: bool) -> None:
    assert Settings.from_env({"SELDON_EXECUTOR_ENABLED": text}).feedback_metrics is value


def test_the_metrics_path_comes_from_its_variable() -> None:
    assert (
        Settings.from_env({"PREDICTIVE_UNIT_METRICS_ENDPOINT": "/prometheus"}).metrics_path == "/prometheus"
    )


@pytest.mark.parametrize(("text", "threads"), [("1", 1), ("2", 1), ("true", 1), ("0", 4), ("", 4)])
def test_single_threaded_means_one_thread_unless_a_flag_says_how_many(text: str, threads: int) -> None:
    env = {"GUNICORN_THREADS": "4", "FLASK_SINGLE_THREADED": text}
    assert Settings.from_env(env).threads == threads
    assert Settings.from_env(env, threads=2).threads == 2


def test_a_flag_that_is_none_was_not_typed() -> None:
    settings = Settings.from_env({"GUNICORN_WORKERS": "3"}, workers=None, http_port=None)
    assert (settings.workers, settings.http_port) == (3, 9000)
    assert settings.asked == {"unit", "workers"}


def test_a_flag_of_zero_or_false_was_typed() -> None:
    settings = Settings.from_env({"GUNICORN_ACCESS_LOG": "1"}, http_port=0, access_log=False)
    assert (settings.http_port, settings.access_log) == (0, False)
    assert settings.asked == {"unit", "http_port", "access_log"}


@pytest.mark.parametrize("name", ["http_port", "grpc_port", "metrics_port"])
def test_a_port_is_within_sixteen_bits(name: str) -> None:
    for port in (0, 65535):
        assert getattr(Settings.from_env({}, **{name: port}), name) == port
    for port in (-1, 65536):
        with pytest.raises(BadSetting, match=f"{name} {port} is no port") as caught:
            Settings.from_env({}, **{name: port})
        assert caught.value.hint == "use 0 to 65535"


@pytest.mark.parametrize(
    ("name", "least"),
    [
        *(("workers", 1), ("threads", 1), ("grpc_threads", 1)),
        *(("grpc_workers", 0), ("max_body", 0), ("max_requests", 0), ("max_requests_jitter", 0)),
    ],
)
def test_a_count_has_a_least_value(name: str, least: int) -> None:
    assert getattr(Settings.from_env({}, **{name: least}), name) == least
    with pytest.raises(BadSetting, match=f"{name} is {least - 1}") as caught:
        Settings.from_env({}, **{name: least - 1})
    assert caught.value.hint == f"use {least} or more"


@pytest.mark.parametrize(
    ("name", "variable", "text", "value"),
    [
        ("log_level", "SELDON_LOG_LEVEL", "warning", "WARNING"),
        ("log_level", "SELDON_LOG_LEVEL", " Debug ", "DEBUG"),
        ("log_format", "SELDON_LOG_FORMAT", "JSON", "json"),
        ("tracing", "TRACING", "2", True),
    ],
)
def test_a_word_is_read_in_any_case(name: str, variable: str, text: str, value: object) -> None:
    assert getattr(Settings.from_env({variable: text}), name) == value


@pytest.mark.parametrize("variable", ["SELDON_LOG_LEVEL", "SELDON_LOG_FORMAT"])
def test_a_word_nobody_knows_is_refused_by_its_variable(variable: str) -> None:
    with pytest.raises(BadSetting, match=f"{variable} is '") as caught:
        Settings.from_env({variable: "loud"})
    assert " or " in caught.value.hint


def test_a_level_that_was_typed_wins() -> None:
    assert Settings.from_env({"SELDON_LOG_LEVEL": "ERROR"}, log_level="DEBUG").log_level == "DEBUG"


@pytest.mark.parametrize(
    ("env", "hides"),
    [
        ({}, True),
        ({"SELDON_DEBUG": "1"}, False),
        ({"SELDON_DEBUG": "1", "FILTER_METRICS_ACCESS_LOGS": "t"}, True),
        ({"FILTER_METRICS_ACCESS_LOGS": "false"}, False),
    ],
)
def test_scrapes_are_left_out_of_the_access_log_unless_debugging(env: dict[str, str], hides: bool) -> None:
    assert Settings.from_env(env).hides_scrapes is hides


def test_tls_files_come_from_variables_and_need_a_certificate() -> None:
    names = ("ssl_certfile", "ssl_keyfile", "ssl_ca_certs")
    env = {f"SELDON_{name.upper()}": f"{name}.pem" for name in names}
    settings = Settings.from_env(env)
    assert [getattr(settings, name) for name in names] == [f"{name}.pem" for name in names]
    for name in names[1:]:
        with pytest.raises(BadSetting, match="no certificate for TLS"):
            Settings.from_env({}, **{name: "x.pem"})


def test_variables_of_jaeger_are_noticed() -> None:
    env = {"JAEGER_AGENT_PORT": "5775", "JAEGER_AGENT_HOST": "jaeger", "HOME": "/"}
    assert Settings.from_env(env).jaeger == ("JAEGER_AGENT_HOST", "JAEGER_AGENT_PORT")


# ---- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"), [("5000", 5.0), ("700", 0.7), ("1500.5", 1.5005), ("0", 1.0), ("-3", 1.0)]
)
def test_a_timeout_is_annotated_in_milliseconds(text: str, seconds: float) -> None:
    assert Settings.from_env({}, annotations={"seldon.io/rest-timeout": text}).timeout == seconds


@pytest.mark.parametrize("name", ["rest-timeout", "grpc-max-message-size"])
@pytest.mark.parametrize("text", ["", "soon", "nan", "1e999"])
def test_an_annotation_that_is_no_number_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(BadSetting, match=f"annotation seldon.io/{name} is {text!r}"):
        Settings.from_env({}, annotations={f"seldon.io/{name}": text})


def test_other_annotations_mean_nothing() -> None:
    assert Settings.from_env({}, annotations={"seldon.io/grpc-timeout": "x"}) == Settings.from_env({})


def test_annotations_are_lines_of_keys_and_quoted_values(tmp_path: Path, caplog: Any) -> None:
    path = tmp_path / "annotations"
    path.write_text('a="1"\n b = "x=y" \nbare=unquoted\nnonsense\n\nempty=""\nquote="\n')
    assert read_annotations(path) == {"a": "1", "b": "x=y", "bare": "unquoted", "empty": "", "quote": '"'}
    assert "nonsense" in caplog.text


def test_annotations_that_cannot_be_read_are_none(tmp_path: Path, caplog: Any) -> None:
    assert read_annotations(tmp_path / "absent") == read_annotations(tmp_path) == {}
    assert not caplog.text
    (tmp_path / "odd").write_bytes(b'a="\xff"')
    assert read_annotations(tmp_path / "odd") == {}
    assert "cannot be read and are ignored" in caplog.text


def project(folder: Path, text: str) -> Settings:
    (folder / "pyproject.toml").write_text(text)
    return Settings.from_env({"GUNICORN_WORKERS": "3"}, project=read_project(folder), threads=5)


def test_pyproject_is_overridden_by_the_environment_and_by_flags(tmp_path: Path) -> None:
    settings = project(
        tmp_path,
        "[tool.seldon_workbench]\nworkers = 9\nthreads = 9\nkeepalive = 9\nlog-level = 'debug'\n"
        "timeout = 2\nallowed_hosts = ['a.example']\nssl_certfile = 'c.pem'\naccess-log = true\n",
    )
    assert (settings.workers, settings.threads, settings.keepalive) == (3, 5, 9)
    assert (settings.log_level, settings.timeout, settings.allowed_hosts) == ("DEBUG", 2, ("a.example",))
    assert (settings.ssl_certfile, settings.access_log) == ("c.pem", True)


def test_a_folder_without_a_table_says_nothing(tmp_path: Path) -> None:
    assert read_project(tmp_path) == {}
    assert project(tmp_path, "[project]\nname = 'x'\n").keepalive == 2


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        ("[tool.seldon_workbench]\nworkrs = 1", "has workrs", "did you mean workers?"),
        ("[tool.seldon_workbench]\nunit = 1", "has unit", "use one of"),
        ("[tool.seldon_workbench]\nworkers = '2'", "workers is '2'", "type int"),
        ("[tool.seldon_workbench]\nworkers = true", "workers is True", "type int"),
        ("[tool.seldon_workbench]\ntimeout = 'x'", "timeout is 'x'", "int or float"),
        ("[tool]\nseldon_workbench = 5", "is no table", "[tool.seldon_workbench]"),
        ("[tool", "cannot be read", ""),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(tmp_path: Path, text: str, problem: str, hint: str) -> None:
    with pytest.raises(BadSetting) as caught:
        project(tmp_path, text)
    assert problem in caught.value.text
    assert hint in caught.value.hint


# ---- the unit ------------------------------------------------------------------------------------


def test_a_unit_is_read_from_the_variables_of_the_operator() -> None:
    env = {
        "PREDICTIVE_UNIT_ID": "clf",
        "PREDICTIVE_UNIT_IMAGE": "org/img:7",
        "SELDON_DEPLOYMENT_ID": "dep",
        "PREDICTOR_ID": "pred",
        "PREDICTOR_LABELS": '{"version": "v9", "other": 1}',
    }
    unit = Unit("clf", "org/img:7", "dep", "pred", "v9")
    assert Settings.from_env(env).unit == unit
    assert Unit.from_env(env) == unit


def test_a_unit_nobody_described_is_not_implemented() -> None:
    unit = Unit.from_env({})
    assert unit == Unit(None, None, "NOT_IMPLEMENTED", "NOT_IMPLEMENTED", "NOT_IMPLEMENTED")
    assert (unit.image_parts, unit.request_path, unit.routing_key) == (("NOT_IMPLEMENTED",) * 2, {}, "0")


@pytest.mark.parametrize(("labels", "version"), [("{}", "NOT_IMPLEMENTED"), ('{"version": 2}', "2")])
def test_the_version_is_a_text(labels: str, version: str) -> None:
    assert Unit.from_env({"PREDICTOR_LABELS": labels}).predictor_version == version


@pytest.mark.parametrize(
    ("labels", "why"),
    [("{", "is not JSON: "), ("", "is not JSON: "), ("[]", "is not a JSON object"), ("5", "is not a JSON")],
)
def test_labels_that_are_no_object_are_refused(labels: str, why: str) -> None:
    with pytest.raises(BadSetting, match=f"PREDICTOR_LABELS {why}") as caught:
        Unit.from_env({"PREDICTOR_LABELS": labels})
    assert caught.value.hint == """write {"version": "v1"}"""


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("reg:5000/org/img:1.2", ("reg:5000/org/img", "1.2")),
        ("org/img", ("org/img", "")),
        ("myimage", ("myimage", "")),
        ("reg:5000/img", ("reg:5000/img", "")),
        ("repo/x@sha256:abc", ("repo/x", "sha256:abc")),
        ("", ("", "")),
        (":tag", (":tag", "")),
    ],
)
def test_an_image_is_a_name_and_a_tag(image: str, parts: tuple[str, str]) -> None:
    assert Unit(image=image).image_parts == parts


def test_a_unit_is_the_key_of_its_routing() -> None:
    assert Unit(id="clf").routing_key == "clf"


# ---- parameters ----------------------------------------------------------------------------------


def parameter(kind: Any, value: Any) -> dict[str, Any]:
    return {"name": "p", "value": value, "type": kind}


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        *(("INT", "5", 5), ("INT", 5, 5), ("INT", 1.5, 1), ("INT", True, 1)),
        *(("FLOAT", "0.5", 0.5), ("DOUBLE", "0.5", 0.5), ("FLOAT", 1, 1.0)),
        *(("STRING", 7, "7"), ("STRING", "x", "x"), ("STRING", None, "None")),
        *(("BOOL", "yes", True), ("BOOL", "OFF", False), ("BOOL", True, True), ("BOOL", 0, False)),
    ],
)
def test_a_parameter_is_read_as_its_type(kind: str, value: Any, read: Any) -> None:
    given = [parameter(kind, value), {"name": "q", "value": "1", "type": "INT"}]
    for form in (given, tuple(given), iter(given), json.dumps(given)):
        parameters = read_parameters(form)
        assert parameters == {"p": read, "q": 1}
        assert type(parameters["p"]) is type(read)


def test_no_parameters_are_no_arguments() -> None:
    assert read_parameters("[]") == read_parameters([]) == read_parameters({}) == {}


def test_a_mapping_is_taken_as_arguments_and_copied() -> None:
    given = {"factor": 5}
    assert read_parameters(given) == given
    assert read_parameters(given) is not given


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("INT", "1.5"), ("INT", [1]), ("INT", None), ("INT", float("inf"))),
        *(("FLOAT", "x"), ("BOOL", "maybe"), ("BOOL", None)),
    ],
)
def test_a_value_that_is_not_of_its_type_is_refused_by_name(kind: str, value: Any) -> None:
    with pytest.raises(BadParameter, match="parameter p: ") as caught:
        read_parameters([parameter(kind, value)])
    assert caught.value.text == f"parameter p: {value!r} is no {kind}"
    assert caught.value.hint


@pytest.mark.parametrize("kind", ["int", "BAD", None, 5, ["INT"]])
def test_a_type_nobody_knows_is_refused(kind: Any) -> None:
    with pytest.raises(BadParameter) as caught:
        read_parameters([parameter(kind, "5")])
    assert caught.value.text == f"parameter p has type {kind!r}"
    assert caught.value.hint == "use one of INT, FLOAT, DOUBLE, STRING, BOOL"


@pytest.mark.parametrize("entry", [5, "x", None, {}, {"name": 5, "value": 1, "type": "INT"}])
def test_an_entry_without_a_name_is_refused(entry: Any) -> None:
    with pytest.raises(BadParameter) as caught:
        read_parameters([entry])
    assert caught.value.text == f"parameter {entry!r} has no name"
    assert caught.value.hint == """write [{"name": "depth", "value": "3", "type": "INT"}]"""


@pytest.mark.parametrize(
    ("text", "why"),
    [("{", "parameters are not JSON: "), ("", "not JSON"), ('{"a": 1}', "parameters are not a JSON list")],
)
def test_a_text_that_is_no_json_list_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadParameter, match=why) as caught:
        read_parameters(text)
    assert caught.value.hint == """write [{"name": "depth", "value": "3", "type": "INT"}]"""
