"""Every word of the menu once per wire, whatever the random requests happen to order."""

from collections.abc import Iterator, Mapping

from . import picks
from .exchange import GRPC, ODD, REST, WELL, Request, compact

NDARRAY = {"ndarray": [[1, 2]]}
TENSOR = {"tensor": {"shape": [1, 2], "values": [1, 2]}}


def requests() -> list[Request]:
    """All of them."""
    return [*returns(), *options(), *routes(), *names(), *healths(), *others()]


def returns() -> Iterator[Request]:
    """Every return type for predict; for arrays also in reply to a tensor, and every one to a feedback."""
    plain = dict.fromkeys((*picks.PLAIN, *picks.FAILING), WELL)
    for word, form in {**dict.fromkeys(picks.ODD, ODD), **plain}.items():
        yield from predict("Picker", word, form)
        if word not in picks.FAILING and not word.startswith(("str", "bytes", "dict")):
            yield from predict("Picker", word, form, TENSOR)
        body = {"request": {"data": {"names": [f"pick:{word}"], **NDARRAY}}}
        yield Request("Picker", REST, "POST /send-feedback", compact(body), form=ODD)


def options() -> Iterator[Request]:
    """Every kind of tags and metrics, of the component and of its response."""
    for name, words in (
        ("tags", picks.ODD_TAGS + picks.TAGS),
        ("metrics", picks.ODD_METRICS + picks.METRICS),
    ):
        for word in dict.fromkeys(words):
            yield from predict("Picker", f"list_ints;{name}={word}", ODD)
            yield from predict("Picker", f"list_ints;r{name}={word}", ODD)


def routes() -> Iterator[Request]:
    """Every route."""
    for word in (*picks.ODD_ROUTES, *picks.FAILING_ROUTES, *picks.ROUTES):
        body = compact({"data": {"names": [f"pick:{word}"], **NDARRAY}})
        yield Request("Picker", REST, "POST /route", body, form=ODD)
        yield Request("Picker", GRPC, "Router/Route", body, form=ODD)


def names() -> Iterator[Request]:
    """Every kind of class_names."""
    for word in (*picks.ODD_NAMES, *picks.NAMES):
        yield from predict("NamedPicker", f"i64_2d;names={word}", ODD)


def healths() -> Iterator[Request]:
    """Every state of health."""
    for word in (*picks.ODD_HEALTHS, *picks.HEALTHS):
        before = compact({"strData": f"pick:set_health;to={word}"})
        yield Request("Picker", REST, "GET /health/status", carrier="none", form=ODD, before=before)


def others() -> Iterator[Request]:
    """What no word orders: a payload of foreign kind, and the meta that a hook is shown."""
    custom = {"customData": {"@type": "type.googleapis.com/google.protobuf.Value", "value": 5}}
    metrics = [{"key": "k", "type": "GAUGE", "value": 0.1, "tags": {"x": "y"}}, {"key": "n", "value": 1}]
    meta = {"tags": {"t": [1, None]}, "routing": {"r": 1}, "requestPath": {"n": "i"}, "metrics": metrics}
    for body, form in ((custom, ODD), ({"strData": "pick:seen", "meta": meta}, WELL)):
        yield Request("Picker", REST, "POST /predict", compact(body), form=form)
        yield Request("Picker", GRPC, "Model/Predict", compact(body), form=form)


def predict(
    component: str, order: str, form: str, payload: Mapping[str, object] = NDARRAY
) -> Iterator[Request]:
    """One order over either wire."""
    body = compact({"data": {"names": [f"pick:{order}"], **payload}})
    yield Request(component, REST, "POST /predict", body, form=form)
    yield Request(component, GRPC, "Model/Predict", body, form=form)
