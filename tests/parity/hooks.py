"""Requests to raw and deprecated hooks, to blueprints, and in multipart forms."""

from random import Random

from . import values
from .exchange import GRPC, ODD, REST, Request, compact

RAW_KEYS = ("plain", "data", "meta", "metrics", "list", "text", "number", "none", "tuple", "anything else")
ODD_RAW_KEYS = (
    *("status_418", "status_201", "status_503", "status_empty", "status_minus_1", "status_0", "status_text"),
    *("status_float", "status_null", "meta_null"),
)
RAW_CALLS = ("predict", "transform-input", "transform-output", "route")
RAW_RPCS = ("Model/Predict", "Seldon/Predict", "Generic/TransformInput", "OutputTransformer/TransformOutput")


def request(rng: Random, form: str) -> Request:
    """Any of them."""
    return rng.choice((raw, raw, raw_list, raw_feedback, raw_health, form_data, deprecated, handled))(
        rng, form
    )


def raw(rng: Random, form: str) -> Request:
    """A message to a raw hook, which says what to reply."""
    key = rng.choice(ODD_RAW_KEYS if form == ODD else RAW_KEYS)
    meta = values.meta(rng)
    body = compact({"strData": key, **({} if meta is None else {"meta": meta})})
    if rng.random() < 0.3:
        return Request("Raw", GRPC, rng.choice((*RAW_RPCS, "Router/Route")), body, form=form)
    return Request("Raw", REST, f"POST /{rng.choice(RAW_CALLS)}", body, form=form)


def raw_list(rng: Random, form: str) -> Request:
    """A list of messages to a raw hook."""
    made = [{"strData": rng.choice(values.TEXTS)} for _ in range(rng.randint(1, 3))]
    if rng.random() < 0.3:
        return Request("Raw", GRPC, "Combiner/Aggregate", compact({"seldonMessages": made}), form=form)
    return Request("Raw", REST, "POST /aggregate", compact({"seldonMessages": made}), form=form)


def raw_feedback(rng: Random, form: str) -> Request:
    """A feedback to a raw hook; an odd one to a hook that returns nothing."""
    name = "SilentFeedback" if form == ODD else "Raw"
    body = compact({"reward": rng.choice((0, 1, 0.5))})
    if rng.random() < 0.3:
        return Request(name, GRPC, "Model/SendFeedback", body, form=form)
    return Request(name, REST, "POST /send-feedback", body, form=form)


def raw_health(rng: Random, form: str) -> Request:
    """The state of health from a raw hook."""
    return Request("Raw", REST, "GET /health/status", carrier="none", form=form)


def form_data(rng: Random, form: str) -> Request:
    """A message as parts of a form."""
    data = compact({"names": ["a"], "ndarray": [values.cells(rng, "float", 2)]})
    usual = (
        [["strData", rng.choice(values.TEXTS)]],
        [["strData", "file text", "f.txt"]],
        [["binData", "bytes of a file", "f.bin"]],
        [["data", data], ["meta", '{"puid":"p","tags":{"x":1}}']],
        [["jsonData", compact(values.branch(rng))]],
    )
    odd = ([["binData", "AAE="]], [["jsonData", '{"a":1}', "f.json"]], [["data", data, "f.json"]])
    return Request(
        "Picker", REST, "POST /predict", compact(rng.choice(odd if form == ODD else usual)), "multipart", form
    )


def deprecated(rng: Random, form: str) -> Request:
    """A message to a hook of one transport, on either of them."""
    odd = rng.choice((("rest", "POST /transform-input"), ("grpc", "Generic/TransformInput")))
    usual = rng.choice((("rest", "POST /predict"), ("grpc", "Model/Predict")))
    wire, call = odd if form == ODD else usual
    return Request("Deprecated", wire, call, compact({"strData": "x"}), form=form)


def handled(rng: Random, form: str) -> Request:
    """An exception that a blueprint of the component handles."""
    if form == ODD:
        return Request("GeneralHandler", REST, "POST /predict", compact({"strData": "x"}), form=form)
    text = rng.choice(("user", "value", "key", "other"))
    return Request("UserHandler", REST, "POST /predict", compact({"strData": text}), form=form)
