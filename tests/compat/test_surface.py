"""Every name of ``seldon_core`` that user code is known to import, in an interpreter of its own."""

from importlib import import_module
from importlib.util import find_spec

import pytest

from .fresh import run

SURFACE = {
    "seldon_core": "__version__ Storage",
    "seldon_core.version": "__version__",
    "seldon_core.storage": "Storage",
    "seldon_core.user_model": (
        "SeldonComponent SeldonResponse SeldonNotImplementedError client_custom_metrics client_class_names"
    ),
    "seldon_core.flask_utils": "SeldonMicroserviceException jsonify",
    "seldon_core.metrics": (
        "SeldonMetrics create_counter create_gauge create_timer validate_metrics split_image_tag"
        " DEFAULT_LABELS"
    ),
    "seldon_core.proto": "prediction_pb2 prediction_pb2_grpc",
    "seldon_core.proto.prediction_pb2": (
        "SeldonMessage SeldonMessageList DefaultData Tensor Meta Metric Status Feedback RequestResponse"
        " SeldonModelMetadata SeldonModelMetadataRequest SeldonMessageMetadata SeldonGraphMetadata DESCRIPTOR"
    ),
    "seldon_core.proto.prediction_pb2_grpc": " ".join(
        f"{service}Stub {service}Servicer add_{service}Servicer_to_server"
        for service in [
            "Combiner",
            "Generic",
            "Model",
            "OutputTransformer",
            "Router",
            "Seldon",
            "Transformer",
        ]
    ),
    "seldon_core.proto.tensorflow.core.framework": "tensor_pb2",
    "seldon_core.proto.tensorflow.core.framework.tensor_pb2": "TensorProto",
    "seldon_core.proto.tensorflow.core.framework.tensor_shape_pb2": "TensorShapeProto",
    "seldon_core.proto.tensorflow.core.framework.types_pb2": "DataType DT_FLOAT DT_STRING",
    "seldon_core.utils": (
        "json_to_seldon_message json_to_seldon_messages json_to_feedback json_to_seldon_model_metadata"
        " seldon_message_to_json seldon_messages_to_json feedback_to_json get_data_from_proto"
        " grpc_datadef_to_array array_to_grpc_datadef array_to_rest_datadef array_to_list_value"
        " extract_request_parts extract_request_parts_json construct_response construct_response_json"
        " getenv getenv_as_bool setup_tracing"
    ),
    "seldon_core.wrapper": ("get_rest_microservice get_metrics_microservice get_grpc_server SeldonModelGRPC"),
    "seldon_core.microservice": "main parse_parameters load_annotations PARAMETERS_ENV_NAME",
    "seldon_core.metadata": "validate_model_metadata SeldonInvalidMetadataError",
    "seldon_core.env_utils": (
        "get_model_name get_image_name get_deployment_name get_predictor_name get_predictor_version"
        " NONIMPLEMENTED_MSG"
    ),
    "seldon_core.imports_helper": "_TF_PRESENT",
    "seldon_core.gunicorn_utils": "StandaloneApplication UserModelApplication",
}

COMPANIONS = {
    "seldon_core.seldon_client": (
        "SeldonClient SeldonCallCredentials SeldonChannelCredentials SeldonClientException"
        " SeldonClientPrediction SeldonClientFeedback SeldonClientCombine"
    ),
    "seldon_core.microservice_tester": (
        "generate_batch unfold_contract run_method run_send_feedback SeldonTesterException"
    ),
    "seldon_core.api_tester": "run_predict run_send_feedback",
    "seldon_core.batch_processor": "start_multithreaded_batch_worker",
    "seldon_core.serving_test_gen": "create_seldon_api_testing_file",
}
"""What is looked up when it is first asked for."""


@pytest.mark.parametrize(("module", "names"), SURFACE.items())
def test_every_name_is_there_and_each_module_can_be_the_first(module: str, names: str) -> None:
    run(f"from {module} import {', '.join(names.split())}")


@pytest.mark.parametrize(("module", "names"), COMPANIONS.items())
def test_every_name_of_the_companions_is_listed(module: str, names: str) -> None:
    assert set(import_module(module).__all__) == set(names.split())


@pytest.mark.skipif(
    find_spec("seldon_workbench.companions") is None, reason="the companions are not part of this build"
)
@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in COMPANIONS.items() for name in names.split()]
)
def test_every_name_of_the_companions_is_there(module: str, name: str) -> None:
    assert callable(getattr(import_module(module), name))


def test_signatures_are_those_that_are_called() -> None:
    run(
        "from inspect import signature",
        "from seldon_core import wrapper, utils",
        "taken = lambda function: ' '.join(signature(function).parameters)",
        "assert taken(wrapper.get_rest_microservice) == 'user_model seldon_metrics'",
        "assert taken(wrapper.get_metrics_microservice) == 'seldon_metrics'",
        "assert taken(wrapper.SeldonModelGRPC) == 'user_model seldon_metrics'",
        "more = ' annotations trace_interceptor num_threads'",
        "assert taken(wrapper.get_grpc_server) == 'user_model seldon_metrics' + more",
        "first, more = 'user_model is_request ', ' client_raw_response meta custom_metrics runtime_tags'",
        "assert taken(utils.construct_response) == first + 'client_request' + more",
        "assert taken(utils.construct_response_json) == first + 'client_request_raw' + more",
    )


def test_the_version_is_that_of_the_behaviour() -> None:
    assert run("import seldon_core; print(seldon_core.__version__)") == "1.18.2"
    assert run("from seldon_core.version import __version__; print(__version__)") == "1.18.2"


def test_a_proxy_as_people_write_it() -> None:
    run(
        "import numpy as np",
        "import seldon_core.user_model as sc",
        "from seldon_core.flask_utils import jsonify, SeldonMicroserviceException",
        "from seldon_core.metrics import create_counter",
        "from seldon_core.proto import prediction_pb2",
        "from seldon_core.utils import array_to_grpc_datadef, get_data_from_proto",
        "from seldon_core.utils import json_to_seldon_message, seldon_message_to_json",
        "class Proxy(sc.SeldonComponent):",
        "    def predict_raw(self, msg):",
        "        is_proto = isinstance(msg, prediction_pb2.SeldonMessage)",
        "        request = msg if is_proto else json_to_seldon_message(msg)",
        "        data = array_to_grpc_datadef('tensor', get_data_from_proto(request) * 2, ['y'])",
        "        reply = prediction_pb2.SeldonMessage(data=data)",
        "        return reply if is_proto else seldon_message_to_json(reply)",
        "    def metrics(self):",
        "        return [create_counter('asked', 1)]",
        "from seldon_core.metrics import SeldonMetrics",
        "from seldon_core.wrapper import SeldonModelGRPC, get_rest_microservice",
        "client = get_rest_microservice(Proxy(), SeldonMetrics()).test_client()",
        "reply = client.post('/predict', json={'data': {'ndarray': [[1.5]]}})",
        "tensor = {'shape': [1, 1], 'values': [3.0]}",
        "assert reply.json == {'data': {'names': ['y'], 'tensor': tensor}}, reply.json",
        "asked = json_to_seldon_message({'data': {'ndarray': [[1.5]]}})",
        "assert SeldonModelGRPC(Proxy(), SeldonMetrics()).Predict(asked, None).data.tensor.values == [3.0]",
    )


def test_metadata_is_laid_over_the_defaults_or_refused() -> None:
    from seldon_core.metadata import SeldonInvalidMetadataError, validate_model_metadata

    assert validate_model_metadata({"name": "n"}) == {
        "name": "n",
        "versions": [""],
        "platform": "",
        "inputs": [],
        "outputs": [],
        "custom": {},
    }
    for bad in ({"bad": 1}, {"versions": "v"}, {"inputs": [{"messagetype": "tensor", "name": "x"}]}, None):
        with pytest.raises(SeldonInvalidMetadataError):
            validate_model_metadata(bad)  # type: ignore[arg-type]


def test_a_tracer_makes_spans() -> None:
    trace = pytest.importorskip("opentelemetry.trace")
    from seldon_core.utils import setup_tracing

    with setup_tracing("Model").start_as_current_span("mine") as span:
        assert trace.get_current_span() is span


def test_without_opentelemetry_a_tracer_says_what_is_missing() -> None:
    run(
        "import sys; sys.modules['opentelemetry'] = None",
        "from seldon_core.utils import setup_tracing",
        "from seldon_workbench.errors import MissingExtra",
        "try: setup_tracing('Model')",
        "except MissingExtra as error: assert 'seldon-workbench[tracing]' in error.hint",
        "else: raise AssertionError",
    )


@pytest.mark.skipif(
    find_spec("seldon_workbench.microservice") is None, reason="the command is not part of this build"
)
def test_the_command_is_run_with_the_words_of_this_process() -> None:
    said = run(
        "import sys",
        "from seldon_core.microservice import main",
        "sys.argv = ['seldon-core-microservice', '--help']",
        "try: code = main()",
        "except SystemExit as end: code = end.code",
        "assert not code, code",
    )
    assert "--workers" in said
