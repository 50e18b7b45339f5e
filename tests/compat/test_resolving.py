"""What ``import seldon_core`` finds, and when."""

import pickle
from pathlib import Path

import pytest

import seldon_workbench

from .fresh import run

HEAVY = ("numpy", "flask", "werkzeug", "grpc", "google.protobuf", "orjson", "prometheus_client", "requests")
FRAMEWORKS = ("flask", "werkzeug", "waitress", "gunicorn", "grpc", "prometheus_client", "requests")


def loaded(statement: str, among: tuple[str, ...]) -> list[str]:
    """Which of these modules a statement loads in a fresh interpreter."""
    return run(
        statement, "import sys", f"print(*(name for name in {among!r} if name in sys.modules))"
    ).split()


def test_nothing_resolves_before_the_switch_is_on() -> None:
    with pytest.raises(AssertionError, match="No module named 'seldon_core'"):
        run("import seldon_core", before="import seldon_workbench")


def test_whoever_serves_turns_the_switch_on() -> None:
    run("import seldon_core.user_model", before="from seldon_workbench import Session")


def test_an_installed_seldon_core_is_left_alone(tmp_path: Path) -> None:
    package = tmp_path / "seldon_core"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "user_model.py").write_text("class SeldonComponent: pass\n", encoding="utf-8")
    run(
        "import seldon_core, seldon_core.user_model as found",
        f"assert found.__file__.startswith({str(tmp_path)!r})",
        "from seldon_workbench import SeldonComponent",
        "assert found.SeldonComponent is not SeldonComponent",
        # ... and none of ours fills its gaps.
        "try: import seldon_core.utils",
        "except ModuleNotFoundError: pass",
        "else: raise AssertionError",
        PYTHONPATH=f"{Path(seldon_workbench.__file__).parents[1]}:{tmp_path}",
    )


@pytest.mark.parametrize("name", ["xyz", "utils.xyz", "proto.xyz_pb2"])
def test_an_unknown_module_is_not_found(name: str) -> None:
    with pytest.raises(ModuleNotFoundError, match="xyz"):
        __import__(f"seldon_core.{name}")


@pytest.mark.parametrize(
    "module", ["seldon_core", "seldon_core.user_model", "seldon_core.proto", "seldon_core.utils"]
)
def test_an_unknown_name_cannot_be_imported(module: str) -> None:
    with pytest.raises(ImportError, match="nonsense"):
        exec(f"from {module} import nonsense")


def test_the_classes_are_ours_under_every_name() -> None:
    import seldon_core.flask_utils
    import seldon_core.user_model as sc
    from seldon_core.metrics import SeldonMetrics
    from seldon_core.wrapper import SeldonModelGRPC

    import seldon_workbench.compat.seldon_core.metrics as inner_metrics
    import seldon_workbench.compat.seldon_core.wrapper as inner_wrapper

    assert sc.SeldonComponent is seldon_workbench.SeldonComponent
    assert sc.SeldonResponse is seldon_workbench.SeldonResponse
    assert sc.SeldonNotImplementedError is seldon_workbench.SeldonNotImplementedError
    assert seldon_core.flask_utils.SeldonMicroserviceException is seldon_workbench.SeldonMicroserviceException
    # The same files, imported under their other name.
    assert inner_metrics.SeldonMetrics is SeldonMetrics
    assert inner_wrapper.SeldonModelGRPC is SeldonModelGRPC


def test_the_messages_are_the_wires_own_however_they_are_imported() -> None:
    import seldon_core.proto.prediction_pb2
    import seldon_core.proto.tensorflow.core.framework.tensor_pb2 as tensors
    from seldon_core.proto import prediction_pb2, prediction_pb2_grpc

    import seldon_workbench.compat.seldon_core.proto.prediction_pb2_grpc as inner
    from seldon_workbench.server import wire

    assert seldon_core.proto.prediction_pb2 is prediction_pb2
    assert prediction_pb2.SeldonMessage is wire.SeldonMessage
    assert tensors.TensorProto is wire.TensorProto
    assert prediction_pb2_grpc.ModelStub is inner.ModelStub
    assert isinstance(prediction_pb2.SeldonMessage().data.tftensor, tensors.TensorProto)


def test_a_package_shows_its_messages_without_their_being_imported_first() -> None:
    run("import seldon_core.proto", "seldon_core.proto.prediction_pb2.SeldonMessage(strData='x')")


@pytest.mark.parametrize(
    "module",
    [
        *(
            "user_model",
            "flask_utils",
            "metrics",
            "utils",
            "metadata",
            "env_utils",
            "imports_helper",
            "wrapper",
        ),
        *("gunicorn_utils", "microservice", "proto.prediction_pb2", "proto.prediction_pb2_grpc", "storage"),
    ],
)
def test_a_star_import_brings_what_a_module_lists(module: str) -> None:
    namespace: dict[str, object] = {}
    found = __import__(f"seldon_core.{module}", fromlist=["*"])
    exec(f"from seldon_core.{module} import *", namespace)
    assert set(found.__all__) <= namespace.keys()
    assert len(set(found.__all__)) == len(found.__all__) > 0


def test_modules_can_be_imported_from_the_package() -> None:
    from seldon_core import seldon_client, utils

    assert (seldon_client.__name__, utils.__name__) == ("seldon_core.seldon_client", "seldon_core.utils")


def test_the_package_loads_nothing_but_itself() -> None:
    assert loaded("import seldon_core, seldon_core.version, seldon_core.storage", HEAVY) == []
    assert loaded("from seldon_core import Storage", HEAVY) == []
    assert loaded("from seldon_core import seldon_client, batch_processor, microservice_tester", HEAVY) == []
    assert loaded("from seldon_core import microservice, env_utils", HEAVY) == []


def test_what_a_component_imports_loads_no_server() -> None:
    names = "SeldonComponent, SeldonResponse, SeldonNotImplementedError"
    assert loaded(f"from seldon_core.user_model import {names}", FRAMEWORKS) == []
    assert loaded("from seldon_core.flask_utils import SeldonMicroserviceException", FRAMEWORKS) == []
    assert loaded("from seldon_core.metrics import create_counter", FRAMEWORKS) == []
    assert loaded("from seldon_core.utils import json_to_seldon_message", FRAMEWORKS) == []
    assert loaded("from seldon_core.proto import prediction_pb2", FRAMEWORKS) == []


def test_a_response_can_be_pickled() -> None:
    from seldon_core.user_model import SeldonResponse

    found = pickle.loads(pickle.dumps(SeldonResponse([1], {"t": 1}, [])))
    assert type(found) is SeldonResponse
    assert (found.data, found.tags, found.metrics) == ([1], {"t": 1}, [])


def test_an_exception_can_be_pickled_with_all_it_says() -> None:
    from seldon_core.flask_utils import SeldonMicroserviceException

    raised = SeldonMicroserviceException("m", 418, reason="R")
    found = pickle.loads(pickle.dumps(raised))
    assert (found.message, found.status_code, found.reason) == ("m", 418, "R")
    assert found.to_dict() == raised.to_dict()


def test_what_was_pickled_beside_the_real_package_loads_here() -> None:
    # The way pickle refers to a class: its module's name and its own.
    by_reference = pickle.loads(b"cseldon_core.user_model\nSeldonComponent\n.")
    assert by_reference is seldon_workbench.SeldonComponent
    attributes = b"}(\x8c\x04dataK\x05\x8c\x04tags}\x8c\x07metrics]u"
    response = b"\x80\x04cseldon_core.user_model\nSeldonResponse\n)\x81" + attributes + b"b."
    assert pickle.loads(response).data == 5


def test_a_component_over_the_base_class_of_either_name_is_an_instance_of_it() -> None:
    from seldon_core.user_model import SeldonComponent

    class Model(SeldonComponent):
        pass

    assert isinstance(Model(anything=1), seldon_workbench.SeldonComponent)
