"""What wins when texts disagree: one test, or a few, per decision."""

import math
import tomllib
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest

from seldon_workbench import SeldonNotImplementedError
from seldon_workbench.server import wire

from .serving import NDARRAY, Served, Serving, message, plain, status_of

ARRAY = message(**NDARRAY)


class Identity:
    def predict(self, X: Any, names: Any = None, meta: Any = None) -> Any:
        return X

    def aggregate(self, Xs: Any, names: Any) -> Any:
        return Xs[0]


def refused_over_grpc(served: Served, rpc: str, request: Any) -> tuple[str, str]:
    with pytest.raises(grpc.RpcError) as refused:
        served.call(rpc, request)
    return refused.value.code().name, refused.value.details()


# ---- 1: what the original answers stays as it is, but for these ----------------------------------


def test_1_a_typeerror_is_not_hidden_by_a_second_call(serve_here: Serving) -> None:
    class Hidden:
        runs = 0

        def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
            self.runs += 1
            if self.runs == 1:
                raise TypeError("first")
            return X

    model = Hidden()
    assert status_of(serve_here(model).post(NDARRAY))["info"] == "first"
    assert model.runs == 1


@pytest.mark.parametrize("hook", ["predict", "tags", "metrics", "class_names"])
def test_1_not_implemented_raised_by_a_component_is_an_error(serve_here: Serving, hook: str) -> None:
    def mine(self: Any, *given: Any) -> Any:
        raise SeldonNotImplementedError("mine")

    response = serve_here(type("Model", (Identity,), {hook: mine})).post(NDARRAY)
    assert (response.status_code, status_of(response)["info"]) == (400, "mine")


def test_1_a_health_that_is_declined_is_well(serve_here: Serving) -> None:
    class Declining(Identity):
        def health_status(self) -> Any:
            raise SeldonNotImplementedError("mine")

    response = serve_here(Declining).ask("GET", "/health/status")
    assert response.json() == {"meta": {}, "strData": "not implemented - assuming healthy"}


def test_1_what_a_component_does_to_its_meta_stays_with_it(serve_here: Serving) -> None:
    class Meddling:
        def predict(self, X: Any, names: Any, meta: Any) -> Any:
            meta["tags"] = {"mine": 1}
            meta.setdefault("requestPath", {})["x"] = "y"
            meta["puid"] = "other"
            return X

    served = serve_here(Meddling)
    payload = NDARRAY | {"meta": {"puid": "p", "tags": {"a": 1}}}
    assert served.post(payload).json()["meta"] == {"puid": "p", "tags": {"a": 1}}
    assert plain(served.call("Model/Predict", message(**payload)))["meta"] == {
        "puid": "p",
        "tags": {"a": 1.0},
    }


def test_1_surplus_values_of_a_tensor_are_refused_on_both_wires(serve_here: Serving) -> None:
    served = serve_here(Identity)
    tensor = {"data": {"tensor": {"shape": [2], "values": [1, 2, 3]}}}
    assert served.post(tensor).status_code == 400
    code, details = refused_over_grpc(served, "Model/Predict", message(**tensor))
    assert (code, "3 values" in details) == ("INVALID_ARGUMENT", True)


@pytest.mark.parametrize(
    ("branch", "is_route"), [(np.int64(1), True), (np.uint8(1), True), (True, False), (np.bool_(True), False)]
)
def test_1_any_integer_is_a_route_and_true_is_none(serve_here: Serving, branch: Any, is_route: bool) -> None:
    class Router:
        def route(self, X: Any, names: Any) -> Any:
            return branch

    response = serve_here(Router).post(NDARRAY, "/route")
    assert response.ok == is_route
    if is_route:
        assert response.json()["data"]["ndarray"] == [[1]]


def test_1_a_method_called_metadata_is_metadata(serve_here: Serving) -> None:
    class Documented(Identity):
        def metadata(self) -> Any:
            return {"name": "as documented"}

    served = serve_here(Documented)
    assert served.ask("GET", "/metadata").json()["name"] == "as documented"
    assert served.call("Model/Metadata").name == "as documented"


# ---- 2: NaN and infinities -----------------------------------------------------------------------


def test_2_nan_and_infinities_leave_as_text_and_come_back_as_floats(serve_here: Serving) -> None:
    class Odd:
        def predict(self, X: Any) -> Any:
            assert X.dtype == np.float64
            assert math.isnan(X[0][0])
            return np.array([[math.nan, math.inf, -math.inf, 1.5]])

    served = serve_here(Odd)
    expected = ["NaN", "Infinity", "-Infinity", 1.5]
    for text in ('{"data":{"ndarray":[[NaN,1]]}}', '{"data":{"ndarray":[["NaN",1]]}}'):
        response = served.ask("POST", "/predict", data=text, headers={"Content-Type": "application/json"})
        assert response.json()["data"]["ndarray"] == [expected]
    tensor = {"data": {"tensor": {"shape": [1, 2], "values": ["NaN", 1]}}}
    assert served.post(tensor).json()["data"]["tensor"]["values"] == expected
    request = wire.SeldonMessage()
    request.data.tensor.shape.extend([1, 2])
    request.data.tensor.values.extend([math.nan, 1])
    values = served.call("Model/Predict", request).data.tensor.values
    assert math.isnan(values[0])
    assert list(values[1:]) == [math.inf, -math.inf, 1.5]


# ---- 3: malformed input --------------------------------------------------------------------------

NESTED = '{"jsonData":' + "[" * 600 + "]" * 600 + "}"

MALFORMED = {
    "data is no object": '{"data":[1]}',
    "values are no list": '{"data":{"tensor":{"shape":[1],"values":5}}}',
    "values are no numbers": '{"data":{"tensor":{"shape":[1],"values":["a"]}}}',
    "count does not match": '{"data":{"tensor":{"shape":[3],"values":[1,2]}}}',
    "negative shape": '{"data":{"tensor":{"shape":[-1],"values":[1]}}}',
    "overflowing shape": '{"data":{"tensor":{"shape":[4294967296,4294967296],"values":[1]}}}',
    "names are no list": '{"data":{"names":"ab","ndarray":[[1,2]]}}',
    "meta is no object": '{"meta":[],"strData":"x"}',
    "foreign base64": '{"binData":"!!!"}',
    "ragged": '{"data":{"ndarray":[[1,2],[3]]}}',
    "too deep": NESTED,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("path", ["/predict", "/transform-input", "/aggregate"])
def test_3_malformed_input_is_bad_data(serve_here: Serving, body: str, path: str) -> None:
    sent = f"[{body}]" if path == "/aggregate" else body
    response = serve_here(Identity).ask(
        "POST", path, data=sent.encode(), headers={"Content-Type": "application/json"}
    )
    assert (response.status_code, status_of(response)["reason"]) == (400, "MICROSERVICE_BAD_DATA")


def test_3_null_names_and_null_meta_are_none(serve_here: Serving) -> None:
    payload = {"data": {"names": None, "ndarray": [[1]]}, "meta": None}
    assert serve_here(Identity).post(payload).json() == {
        "data": {"names": ["t:0"], "ndarray": [[1]]},
        "meta": {},
    }


@pytest.mark.parametrize(
    ("verb", "path", "code"),
    [
        *(
            ("GET", "/nope", 404),
            ("POST", "/nope", 404),
            ("GET", "/metrics/x", 404),
            ("POST", "/predict/", 404),
        ),
        *(("PUT", "/predict", 405), ("GET", "/api/v1.0/predictions", 405), ("POST", "/metadata", 405)),
        ("DELETE", "/health/ping", 405),
    ],
)
def test_3_unknown_paths_and_wrong_methods_say_so(
    serve_here: Serving, verb: str, path: str, code: int
) -> None:
    response = serve_here(Identity).ask(verb, path)
    assert response.status_code == code
    assert status_of(response)["info"]


# ---- 4: what a component does not implement ------------------------------------------------------


def test_4_missing_transforms_pass_through_and_missing_feedback_is_fine(serve_here: Serving) -> None:
    served = serve_here(Identity)
    for path in ("/transform-input", "/transform-output"):
        assert served.post(NDARRAY, path).json()["data"]["ndarray"] == [[1, 2]]
    assert served.post({"reward": 1}, "/send-feedback").status_code == 200


@pytest.mark.parametrize(
    ("path", "rpc"),
    [("/predict", "Model/Predict"), ("/route", "Router/Route"), ("/aggregate", "Combiner/Aggregate")],
)
def test_4_a_missing_predict_route_or_aggregate_is_refused(serve_here: Serving, path: str, rpc: str) -> None:
    class Transformer:
        def transform_input(self, X: Any, names: Any) -> Any:
            return X

    served = serve_here(Transformer)
    assert served.post([NDARRAY] if path == "/aggregate" else NDARRAY, path).status_code == 400
    request = wire.SeldonMessageList(seldonMessages=[ARRAY]) if path == "/aggregate" else ARRAY
    assert refused_over_grpc(served, rpc, request)[0] == "UNIMPLEMENTED"


# ---- 5: size -------------------------------------------------------------------------------------


def test_5_there_is_no_limit_unless_one_is_set(serve_here: Serving) -> None:
    text = {"strData": "x" * 5_000_000}
    assert serve_here(Identity).post(text).json() == {"meta": {}} | text
    response = serve_here(Identity, max_body=1000).post(text)
    assert (response.status_code, status_of(response)["reason"]) == (413, "MICROSERVICE_BAD_DATA")


# ---- 7: who may talk to it -----------------------------------------------------------------------


def test_7_a_kernel_refuses_foreign_origins_and_hosts_before_any_user_code(serve_here: Serving) -> None:
    class Watched(Identity):
        calls = 0

        def predict(self, X: Any, names: Any = None, meta: Any = None) -> Any:
            self.calls += 1
            return X

    model = Watched()
    served = serve_here(model)
    assert served.addresses.rest.url.startswith("http://127.0.0.1:")
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        assert served.post(NDARRAY, headers=headers).status_code == 403
        form = served.ask("POST", "/predict", data={"json": '{"strData":"x"}'}, headers=headers)
        assert form.status_code == 403
    assert model.calls == 0


def test_7_in_a_terminal_any_origin_may_read_unless_switched_off(serve_here: Serving) -> None:
    origin = {"Origin": "http://x.com"}
    open_to_all = serve_here(Identity, guarded=False).post(NDARRAY, headers=origin)
    assert open_to_all.headers["Access-Control-Allow-Origin"] == "http://x.com"
    closed = serve_here(Identity, guarded=False, cors=False).post(NDARRAY, headers=origin)
    assert "Access-Control-Allow-Origin" not in closed.headers


# ---- 8: every other difference -------------------------------------------------------------------


def test_8_every_listed_difference_says_where_it_stands() -> None:
    file = Path(__file__).resolve().parents[1] / "parity" / "deviations.toml"
    listed = tomllib.loads(file.read_text())["deviation"]
    assert len({entry["id"] for entry in listed}) == len(listed) > 40
    assert all(
        entry["reason"] and entry["stands"] and entry["original"] and entry["ours"] for entry in listed
    )
