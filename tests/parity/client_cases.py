"""Makes every kind of call with a SeldonClient: `client_cases.py MODULE KIND HTTP GRPC`.

Run by the interpreter of seldon-core with its own module, and by ours with ours. Makes a call for every
line of input and prints a line of JSON: what came of it. KIND is `gateway` (every call) or
`component` (those that a bare server answers).
"""

import importlib
import json
import sys

import numpy as np
from google.protobuf.any_pb2 import Any
from google.protobuf.struct_pb2 import Value

ROWS = np.array([[1.5, 2.0]])
GATEWAYS = ("ambassador", "istio", "seldon")
METHODS = ("predict", "transform-input", "transform-output", "route")


def main(module: str, kind: str, http: str, rpc: str) -> None:
    """Make the calls."""
    client = importlib.import_module(module)
    wire = importlib.import_module(
        "seldon_core.proto.prediction_pb2"
        if module.startswith("seldon_core")
        else "seldon_workbench.server.wire"
    )
    for label, config, method, arguments in cases(client, wire, kind, http, rpc):
        sys.stdin.readline()
        print(json.dumps({"case": label} | made(client, config, method, arguments)), flush=True)


def made(client, config, method, arguments):
    """One call, in plain words."""
    np.random.seed(0)
    try:
        result = getattr(client.SeldonClient(**config), method)(**arguments)
    except client.SeldonClientException as error:
        return {"refused": error.message}
    except Exception as error:
        return {"raised": type(error).__name__}
    return {
        "type": type(result).__name__,
        "request": shown(result.request),
        "response": shown(result.response),
        "success": result.success,
    }


def shown(value):
    """A message as its bytes, anything else as it is."""
    if hasattr(value, "DESCRIPTOR"):
        return f"{value.DESCRIPTOR.name} {value.SerializeToString(deterministic=True).hex()}"
    return value


def cases(client, wire, kind, http, rpc):
    """Label, constructor's arguments, method, its arguments."""
    for transport, endpoint in (("rest", http), ("grpc", rpc)):
        for gateway in GATEWAYS if kind == "gateway" else ("seldon",):
            config = {"gateway": gateway, "transport": transport, "gateway_endpoint": endpoint}
            config |= {"deployment_name": "dep", "namespace": "ns"}
            where = f"{transport} {gateway}"
            yield from predictions(where, config)
            yield from feedbacks(where, config, wire)
            if kind == "gateway":
                yield from places(where, config, client)
        config = {"transport": transport, "microservice_endpoint": endpoint}
        yield from microservice(transport, config, wire)


def predictions(where, config):
    """Every payload, every way to describe it."""
    packed = Any()
    packed.Pack(Value(string_value="x"))
    payloads = {
        "bytes": {"bin_data": b"\x00\x01\xff"},
        "text": {"str_data": "hello"},
        "empty text": {"str_data": ""},
        "object": {"json_data": {"a": [1, 2.5, None, True, "x"]}},
        "JSON text": {"json_data": '{"a": 1}'},
        "Any": {"custom_data": packed},
        "bytes before text": {"bin_data": b"x", "str_data": "s"},
        "text before array": {"str_data": "s", "data": ROWS},
        "raw": {"raw_data": {"data": {"ndarray": [[1]]}, "meta": {"puid": "p"}}},
        "raw and meta": {"raw_data": {"strData": "s"}, "meta": {"a": 1}},
        "random numbers": {"shape": (2, 3)},
        "list": {"data": [[1, 2]]},
        "text with meta": {"str_data": "s", "meta": {"a": 1, "b": "c"}},
        "object with meta": {"json_data": {"a": 1}, "meta": {"a": 1}},
        "as message": {"data": ROWS, "client_return_type": "proto"},
        "odd return": {"data": ROWS, "client_return_type": "foo"},
    }
    for name, arguments in payloads.items():
        yield f"{where} {name}", config, "predict", arguments
    arrays = {
        "array": ROWS,
        "integers": np.array([[1, 2]]),
        "one row": np.array([1.0, 2.0]),
        "float32": np.array([[0.1]], dtype=np.float32),
        "cube": np.ones((2, 1, 2)),
        "words": np.array([["a", "b"]]),
        "NaN": np.array([[np.nan, np.inf]]),
    }
    for payload_type in ("tensor", "ndarray"):
        typed = config | {"payload_type": payload_type}
        for name, data in arrays.items():
            yield f"{where} {payload_type} {name}", typed, "predict", {"data": data}
        named = {"data": ROWS, "names": ["a", "b"], "meta": {"a": 1}}
        yield f"{where} {payload_type} with names and meta", typed, "predict", named


def places(where, config, client):
    """Every way to say where the deployment is, and who asks."""
    bare = {name: value for name, value in config.items() if name != "namespace"}
    token = {"call_credentials": client.SeldonCallCredentials(token="T")}
    channel = {"channel_credentials": client.SeldonChannelCredentials(verify=False)}
    yield f"{where} no namespace", bare, "predict", {"data": ROWS}
    yield f"{where} prefix", config, "predict", {"data": ROWS, "gateway_prefix": "/pre/fix"}
    yield f"{where} path", config, "predict", {"data": ROWS, "http_path": "/my/path"}
    both = {"data": ROWS, "http_path": "/my/path", "gateway_prefix": "/pre"}
    yield f"{where} path and prefix", config, "predict", both
    yield f"{where} headers", config, "predict", {"data": ROWS, "headers": {"x-a": "1"}}
    yield f"{where} token in clear", config | token, "predict", {"data": ROWS, "ssl": False}
    yield f"{where} channel in clear", config | channel, "predict", {"data": ROWS, "ssl": False}
    yield f"{where} feedback by prefix", config, "feedback", {"reward": 1, "gateway_prefix": "/pre"}
    asked = {"data": ROWS, "predictor": "main"}
    for name, more in {
        "": {},
        " by prefix": {"gateway_prefix": "/pre"},
        " by path": {"http_path": "/x"},
        " with headers": {"headers": {"x-a": "1"}, "names": ["a", "b"]},
        " of text": {"str_data": "s"},
    }.items():
        yield f"{where} explain{name}", config, "explain", asked | more
    yield f"{where} explain nobody", config, "explain", {"data": ROWS}
    yield f"{where} explain with token", config | token, "explain", asked


def feedbacks(where, config, wire):
    """Feedback with each of its parts."""
    request, response = messages(wire)
    for name, arguments in {
        "feedback": {"prediction_request": request, "prediction_response": response, "reward": 0.5},
        "feedback with truth": {"prediction_request": request, "prediction_truth": request, "reward": 1},
        "empty feedback": {},
        "raw feedback": {"raw_request": {"request": {"strData": "s"}, "reward": 2}},
        "feedback as message": {"prediction_request": request, "client_return_type": "proto"},
    }.items():
        yield f"{where} {name}", config, "feedback", arguments


def microservice(transport, config, wire):
    """A component's own server."""
    where = f"microservice {transport}"
    for method in METHODS:
        yield (
            f"{where} {method}",
            config,
            "microservice",
            {"method": method, "data": ROWS, "names": ["a", "b"]},
        )
    for name, payload in {
        "bytes": {"bin_data": b"\x00\x01\xff"},
        "text": {"str_data": "hello"},
        "object": {"json_data": {"a": [1, 2.5]}},
        "array": {"data": np.array([[1, 2]])},
    }.items():
        yield f"{where} {name}", config, "microservice", {"method": "predict"} | payload
    listed = config | {"payload_type": "ndarray"}
    yield f"{where} ndarray", listed, "microservice", {"method": "predict", "data": ROWS}
    children = {"method": "aggregate", "datas": [ROWS, 2 * ROWS], "names": ["a", "b"]}
    yield f"{where} aggregate", config, "microservice", children
    random = {"method": "aggregate", "ndatas": 2, "shape": (2, 3)}
    yield f"{where} aggregate of random numbers", config, "microservice", random
    request, response = messages(wire)
    rewarded = {"prediction_request": request, "prediction_response": response, "reward": 0.5}
    yield f"{where} feedback", config, "microservice_feedback", rewarded
    yield f"{where} empty feedback", config, "microservice_feedback", {}


def messages(wire):
    """A request and the reply to it."""
    request = wire.SeldonMessage(data=wire.DefaultData(tensor=wire.Tensor(shape=[1, 2], values=[1, 2])))
    response = wire.SeldonMessage(strData="hey")
    response.meta.routing["router"] = 1
    return request, response


if __name__ == "__main__":
    main(*sys.argv[1:])
