"""Components whose answer the request chooses, so that one process serves many return types.

A request orders with a text such as `pick:f64_2d;tags=plain;metrics=all`, found in the first of: the first
name, a text or bytes payload, key `pick` of a dict payload, the first element of an array or list of texts.
An array whose first number is ORDER_BASE + i orders ORDERS[i]. No order means identity without tags.
"""

import copy
from typing import Any, ClassVar

import numpy as np
from parity_menu import HEALTHS, MENU, METRICS, NAMES, TAGS
from seldon_core.user_model import SeldonResponse

PREFIX = "pick:"
ORDER_BASE = 700000
ORDERS = (
    "f64_2d",
    "i64_2d;tags=plain",
    "list_nested_ints;metrics=all",
    "dict_nested",
    "str_unicode;rtags=runtime;tags=plain",
    "bytes",
    "object_2d",
    "double",
    "seen",
    "list_strings;metrics=tagged;rmetrics=runtime",
)


def first_of(payload: Any) -> Any:
    """The first element of an array or list at any depth, else None."""
    if isinstance(payload, np.ndarray):
        return payload.reshape(-1)[0] if payload.size else None
    while isinstance(payload, list):
        payload = payload[0] if payload else None
    return payload


def order_in(value: Any) -> str:
    """The order a single value carries, or an empty text."""
    if isinstance(value, bytes) and value.startswith(PREFIX.encode()):
        value = value.decode()
    if isinstance(value, str) and value.startswith(PREFIX):
        return value[len(PREFIX) :]
    if isinstance(value, (int, float, np.number)) and 0 <= value - ORDER_BASE < len(ORDERS):
        return ORDERS[int(value - ORDER_BASE)]
    return ""


def order_of(payload: Any, names: Any) -> dict[str, str]:
    """What the request orders: key `what` and the options after it."""
    candidates = [payload.get("pick")] if isinstance(payload, dict) else [payload, first_of(payload)]
    if names is not None and not isinstance(names, (str, int, float, dict)) and len(names) > 0:
        candidates.insert(0, names[0])
    text = next(filter(None, map(order_in, candidates)), "identity")
    what, *options = text.split(";")
    return {"what": what, **dict(option.split("=", 1) for option in options)}


class Picker:
    """Answers every verb with what the request orders."""

    def __init__(self) -> None:
        self.order: dict[str, str] = {}
        self.health: dict[str, str] = {"what": "ok"}

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        return self.serve(X, names, meta=meta)

    def transform_input(self, X: Any, names: Any, meta: Any = None) -> Any:
        return self.serve(X, names, meta=meta)

    def transform_output(self, X: Any, names: Any, meta: Any = None) -> Any:
        return self.serve(X, names, meta=meta)

    def route(self, X: Any, names: Any, meta: Any = None) -> Any:
        answer = self.serve(X, names, meta=meta)
        return 1 if self.order["what"] == "identity" else answer

    def aggregate(self, Xs: Any, names: Any) -> Any:
        answer = self.serve(Xs, names)
        return Xs[0] if self.order["what"] == "identity" else answer

    def send_feedback(self, X: Any, names: Any, reward: Any, truth: Any, routing: Any = None) -> Any:
        answer = self.serve(X, names, reward=reward, truth=truth, routing=routing)
        return None if self.order["what"] == "identity" else answer

    def health_status(self) -> Any:
        self.order = self.health
        return HEALTHS[self.health["what"]]()

    def tags(self) -> Any:
        return TAGS[self.order.get("tags", "absent")]()

    def metrics(self) -> Any:
        return METRICS[self.order.get("metrics", "absent")]()

    def serve(self, payload: Any, names: Any, **details: Any) -> Any:
        """The ordered value; a SeldonResponse when runtime tags or metrics are ordered."""
        self.order = self.order_for(payload, names)
        what = self.order["what"]
        if what == "set_health":
            self.health = {**self.order, "what": self.order["to"]}
            return self.order["to"]
        value = seen(payload, names, details) if what == "seen" else MENU[what](payload)
        if ("rtags" in self.order or "rmetrics" in self.order) and not isinstance(value, SeldonResponse):
            tags = TAGS[self.order.get("rtags", "absent")]()
            return SeldonResponse(
                data=value, tags=tags, metrics=METRICS[self.order.get("rmetrics", "absent")]()
            )
        return value

    def order_for(self, payload: Any, names: Any) -> dict[str, str]:
        """The order in a request; of an aggregate, the one in its first message."""
        if not (isinstance(payload, list) and isinstance(names, list) and len(names) == len(payload)):
            return order_of(payload, names)
        return order_of(payload[0], names[0]) if payload else order_of(payload, names)


def seen(payload: Any, names: Any, details: dict[str, Any]) -> dict[str, Any]:
    """What the hook was given, as a plain dict."""
    return {"payload": described(payload), "names": described_names(names), **described_details(details)}


def described(payload: Any) -> Any:
    """Type, and for an array its dtype, shape and values."""
    if isinstance(payload, list):
        return [described(each) for each in payload]
    if isinstance(payload, np.ndarray):
        shape = [int(size) for size in payload.shape]
        return {"dtype": str(payload.dtype), "shape": shape, "values": spelled(payload.tolist())}
    return {"type": type(payload).__name__, "value": spelled(payload)}


def spelled(value: Any) -> str:
    """The repr with sorted keys; protobuf maps come in any order."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {spelled(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(spelled, value)) + "]"
    return repr(value)


def described_names(names: Any) -> Any:
    """The names as plain lists, whatever container carried them."""
    if names is None or isinstance(names, (str, int, float, dict)):
        return names
    return [
        each if isinstance(each, (str, int, float, type(None))) else described_names(each) for each in names
    ]


def described_details(details: dict[str, Any]) -> dict[str, Any]:
    """The further arguments, as they are now; an absent meta reads as an empty one."""
    shown = dict(details)
    if "truth" in shown:
        shown["truth"] = described(shown["truth"])
    if "meta" in shown:
        shown["meta"] = copy.deepcopy(shown["meta"]) or {}
    return shown


class NamedPicker(Picker):
    """The same with a class_names method."""

    def class_names(self) -> Any:
        return NAMES[self.order.get("names", "list")]()


class ListNamedPicker(Picker):
    """The same with class_names as an attribute."""

    class_names: ClassVar[list[str]] = ["one", "two"]


class PropertyNamedPicker(Picker):
    """The same with class_names as a property."""

    @property
    def class_names(self) -> list[str]:
        return ["first", "second"]


class StaticNamedPicker(Picker):
    """The same with class_names as a static method."""

    @staticmethod
    def class_names() -> list[str]:
        return ["static0", "static1"]
