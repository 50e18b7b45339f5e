"""The table of methods is Seldon's."""

import pytest

from seldon_workbench.methods import BY_NAME, METADATA, METHODS, Input, Method, Missing
from seldon_workbench.server import wire

ROUTES = {
    "/predict": ("predict", "GET HEAD POST"),
    "/api/v1.0/predictions": ("predict", "POST"),
    "/api/v0.1/predictions": ("predict", "POST"),
    "/send-feedback": ("send_feedback", "GET HEAD POST"),
    "/api/v1.0/feedback": ("send_feedback", "POST"),
    "/api/v0.1/feedback": ("send_feedback", "POST"),
    "/transform-input": ("transform_input", "GET HEAD POST"),
    "/transform-output": ("transform_output", "GET HEAD POST"),
    "/route": ("route", "GET HEAD POST"),
    "/aggregate": ("aggregate", "GET HEAD POST"),
    "/health/status": ("health_status", "GET HEAD"),
    "/api/v1.0/health/status": ("health_status", "GET HEAD"),
    "/metadata": ("metadata", "GET HEAD"),
    "/api/v1.0/metadata": ("metadata", "GET HEAD"),
}


def test_every_path_of_seldon_is_served_for_its_verbs_and_no_other() -> None:
    served = {
        path.path: (method.name, " ".join(sorted(path.verbs))) for method in METHODS for path in method.paths
    }
    assert served == ROUTES


def test_every_rpc_of_seldons_services_is_served_once() -> None:
    of_seldon = {
        f"{service.name}/{rpc.name}"
        for service in wire.FILE_DESCRIPTOR.services_by_name.values()
        for rpc in service.methods
    }
    served = [rpc for method in METHODS for rpc in method.rpcs]
    assert len(served) == len(set(served))
    assert set(served) == of_seldon - {"Seldon/GraphMetadata"}


@pytest.mark.parametrize("method", METHODS, ids=lambda row: row.name)
def test_every_rpc_takes_what_its_method_is_sent(method: Method) -> None:
    for rpc in method.rpcs:
        service, name = rpc.split("/")
        descriptor = wire.FILE_DESCRIPTOR.services_by_name[service].methods_by_name[name]
        if method.input is Input.NOTHING:
            assert descriptor.input_type.name in ("Empty", "SeldonModelMetadataRequest")
        else:
            assert descriptor.input_type.name == method.input.value


def test_metrics_are_tagged_with_seldons_words() -> None:
    assert {method.name: method.metric_tag for method in METHODS} == {
        "predict": "predict",
        "transform_input": "inputtransform",
        "transform_output": "outputtransform",
        "route": "router",
        "aggregate": "aggregate",
        "send_feedback": "feedback",
        "health_status": "health",
        "metadata": "",
    }


def test_a_missing_hook_is_refused_passed_through_or_ignored_as_by_seldon() -> None:
    assert {method.name: method.missing for method in METHODS} == {
        "predict": Missing.REFUSE,
        "transform_input": Missing.PASS_THROUGH,
        "transform_output": Missing.PASS_THROUGH,
        "route": Missing.REFUSE,
        "aggregate": Missing.REFUSE,
        "send_feedback": Missing.IGNORE,
        "health_status": Missing.HEALTHY,
        "metadata": Missing.REFUSE,
    }


def test_the_meta_of_a_request_goes_on_through_data_methods_alone() -> None:
    assert {method.name for method in METHODS if method.keeps_request_meta} == {
        *("predict", "transform_input", "transform_output", "aggregate", "metadata"),
    }
    assert [method for method in METHODS if not method.runs_user_code] == [METADATA]


def test_a_method_is_found_by_name_and_spelled_with_dashes() -> None:
    assert {name: method.slug for name, method in BY_NAME.items()} == {
        method.name: method.name.replace("_", "-") for method in METHODS
    }
    assert BY_NAME["transform_input"].slug == "transform-input"
