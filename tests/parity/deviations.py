"""The listed differences: deviations.toml, and for each a rule that recognises the pairs belonging to it.

A rule sees one request and both answers, known to differ. It has to be narrow: it names what the request
holds and which way the answers differ, so that a new difference stays unexplained.
"""

import json
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .compare import GRPC_CODES, same_json, valid_json
from .exchange import GRPC, REST, Pair, unpacked_answer, unpacked_request
from .orders import messages, metrics_any, orders, orders_any, parsed, tags_any, tensors
from .picks import (
    FAILING,
    FAILING_METRICS,
    FAILING_ROUTES,
    FAILING_TAGS,
    ODD,
    ODD_METRICS,
    ODD_NAMES,
    ODD_ROUTES,
    ODD_TAGS,
)
from .traits import fixed, is_route, non_finite, non_finite_texts, now_fails, refused, uses_proto, with_texts
from .wellformed import DEEPEST, depth, faults

FILE = Path(__file__).parent / "deviations.toml"
KEY_WORDS = tuple(
    f"dict_{kind}" for kind in ["int_keys", "mixed_keys", "none_key", "bool_key", "float_key", "tuple_key"]
)
PREDICT_VERBS = ("predict", "predictions", "Predict")

Rule = Callable[[Pair], bool]
RULES: dict[str, Rule] = {}


@dataclass(frozen=True, slots=True)
class Deviation:
    """One difference that is meant to be."""

    id: str
    title: str
    reason: str
    stands: str
    """Where the decision is written down."""
    rule: str
    example: Pair
    """A request, what the original answered, and what ours has to answer."""

    def covers(self, pair: Pair) -> bool:
        """Whether this is why the answers differ."""
        return RULES[self.rule](pair)


def load() -> list[Deviation]:
    """All of them, in the order in which they are tried."""
    listed = tomllib.loads(FILE.read_text(encoding="utf-8"))["deviation"]
    return [deviation_from(entry) for entry in listed]


def deviation_from(entry: dict[str, Any]) -> Deviation:
    """One entry of the file."""
    request = unpacked_request(json.loads(entry["request"]))
    theirs, ours = (unpacked_answer(json.loads(entry[name])) for name in ("original", "ours"))
    texts = {name: entry[name] for name in ("id", "title", "reason", "stands", "rule")}
    return Deviation(**texts, example=Pair(request, theirs, ours))


def explained_by(pair: Pair, deviations: Iterable[Deviation]) -> Deviation | None:
    """The first that covers the pair."""
    return next((each for each in deviations if each.covers(pair)), None)


def rule(function: Rule) -> Rule:
    """Make a predicate known by its name."""
    RULES[function.__name__] = function
    return function


@rule
def hidden_type_error(pair: Pair) -> bool:
    return pair.request.component == "TypeErrorInside" and now_fails(pair)


@rule
def swallowed_not_implemented(pair: Pair) -> bool:
    word = "raise_not_implemented"
    asked = orders_any(pair.request, word) or tags_any(pair.request, word)
    asked = asked or orders_any(pair.request, word, option="names") or f"to={word}" in pair.request.before
    return asked and now_fails(pair)


@rule
def missing_predict(pair: Pair) -> bool:
    without = pair.request.component in ("Nothing", "BasedBare", "OldFeedback")
    return without and pair.request.verb in PREDICT_VERBS and pair.theirs.ok and refused(pair)


@rule
def tags_with_payload(pair: Pair) -> bool:
    return pair.request.component == "TagsWithPayload" and fixed(pair)


@rule
def feedback_without_routing(pair: Pair) -> bool:
    return pair.request.component == "OldFeedback" and fixed(pair)


@rule
def class_names_coerced(pair: Pair) -> bool:
    asked = orders_any(pair.request, "array", "generator", "numbers", option="names")
    return (asked or pair.request.component == "StaticNamedPicker") and fixed(pair)


@rule
def hook_per_transport(pair: Pair) -> bool:
    return pair.request.component == "Deprecated" and pair.request.verb == "TransformInput" and fixed(pair)


@rule
def feedback_without_reply(pair: Pair) -> bool:
    return pair.request.component == "SilentFeedback" and fixed(pair)


@rule
def metadata_alias(pair: Pair) -> bool:
    return pair.request.component == "MetadataAlias" and "etadata" in pair.request.verb and pair.ours.ok


@rule
def awaited(pair: Pair) -> bool:
    return pair.request.component == "AsyncPredict" and fixed(pair)


@rule
def isolated_meta(pair: Pair) -> bool:
    shows_names = orders_any(pair.request, "seen") and '"names":null' in pair.request.body
    return (pair.request.component == "MetaHandling" or shows_names) and pair.theirs.ok and pair.ours.ok


@rule
def writable_tensor(pair: Pair) -> bool:
    return uses_proto(pair) and orders_any(pair.request, "in_place") and fixed(pair)


@rule
def non_finite_stays_a_number(pair: Pair) -> bool:
    return uses_proto(pair) and (non_finite(pair) or non_finite_texts(pair)) and pair.ours.ok


@rule
def surplus_values(pair: Pair) -> bool:
    found = any(fault == "tensor values do not fill its shape" for fault in faults(pair.request))
    return uses_proto(pair) and found and pair.theirs.ok and refused(pair)


@rule
def scalar_arrays(pair: Pair) -> bool:
    scalar_in = any(shape == [] and len(values) == 1 for shape, values in tensors(pair.request))
    scalar_out = orders_any(pair.request, "f64_0d", "i64_0d", "bool_0d", "str_0d")
    return uses_proto(pair) and (scalar_in or scalar_out) and fixed(pair)


@rule
def too_deep(pair: Pair) -> bool:
    return depth(pair.request.body) > DEEPEST and refused(pair)


@rule
def more_dimensions(pair: Pair) -> bool:
    at_limit = "maximum number of dimension" in str(pair.theirs.info)
    return at_limit and (fixed(pair) or refused(pair))


@rule
def strict_base64(pair: Pair) -> bool:
    found = any(fault.startswith("binData") for fault in faults(pair.request))
    url_safe = any(set("-_") & set(str(each.get("binData"))) for each in messages(pair.request))
    return pair.request.wire == REST and ((found and refused(pair)) or (url_safe and pair.ours.ok))


@rule
def broken_form(pair: Pair) -> bool:
    in_form = pair.request.carrier in ("form", "query", "multipart")
    return in_form and pair.theirs.status == 500 and parsed(pair.request) is None and refused(pair)


@rule
def form_parts(pair: Pair) -> bool:
    return pair.request.carrier == "multipart" and (fixed(pair) or (pair.theirs.ok and pair.ours.ok))


@rule
def broken_parts(pair: Pair) -> bool:
    return pair.request.carrier == "multipart" and pair.theirs.ok and refused(pair)


@rule
def compressed_bodies(pair: Pair) -> bool:
    return pair.request.carrier == "gzip" and pair.theirs.status == 400


@rule
def custom_data_over_rest(pair: Pair) -> bool:
    return pair.request.wire == REST and "customData" in pair.request.body and fixed(pair)


@rule
def bytes_in_arrays(pair: Pair) -> bool:
    return orders_any(pair.request, "bytes_1d", "list_bytes") and fixed(pair)


@rule
def empty_aggregate(pair: Pair) -> bool:
    return not pair.theirs.ok and faults(pair.request) == ["no messages"] and refused(pair)


@rule
def malformed_is_bad_data(pair: Pair) -> bool:
    return pair.theirs.status == 500 and bool(faults(pair.request)) and refused(pair)


@rule
def malformed_is_refused(pair: Pair) -> bool:
    return pair.theirs.ok and bool(faults(pair.request)) and refused(pair)


@rule
def null_meta(pair: Pair) -> bool:
    metas = [each["meta"] for each in messages(pair.request) if "meta" in each]
    null = any(meta is None or (isinstance(meta, dict) and None in meta.values()) for meta in metas)
    return null and fixed(pair)


@rule
def numpy_inside(pair: Pair) -> bool:
    words = ("list_np_scalars", "list_np_float32", "list_arrays", "dict_array")
    asked = orders_any(pair.request, *words, "dict_np_int64", "dict_np_float32", "dict_np_bool")
    asked = (
        asked
        or tags_any(pair.request, "np_int64", "array")
        or metrics_any(pair.request, "np_float32", "np_int64")
    )
    return asked and fixed(pair)


@rule
def non_finite_is_text(pair: Pair) -> bool:
    if pair.request.wire != REST or valid_json(pair.theirs) or not pair.ours.ok:
        return False
    return same_json(with_texts(pair.theirs.body), pair.ours.body)


@rule
def non_finite_text_is_read(pair: Pair) -> bool:
    return pair.request.wire == REST and non_finite_texts(pair) and pair.ours.ok


@rule
def symmetric_types(pair: Pair) -> bool:
    if not uses_proto(pair):
        return False
    if orders_any(pair.request, "bytearray") and fixed(pair):
        return True
    return (
        pair.theirs.status == 500
        and str(pair.theirs.info).startswith("can only concatenate")
        and refused(pair)
    )


@rule
def keys_become_text(pair: Pair) -> bool:
    asked = orders_any(pair.request, *KEY_WORDS)
    return (asked or tags_any(pair.request, "int_keys")) and fixed(pair)


@rule
def same_values_on_both_wires(pair: Pair) -> bool:
    words = ("dict_tuple", "dict_datetime", "dict_decimal", "dict_uuid", "list_datetime", "list_decimal")
    asked = orders_any(pair.request, *words, "datetime64_day", "structured")
    return uses_proto(pair) and (asked or tags_any(pair.request, "tuple", "datetime")) and fixed(pair)


@rule
def usable_status(pair: Pair) -> bool:
    return pair.request.component == "Raw" and '"status_' in pair.request.body


@rule
def raw_reply_without_meta(pair: Pair) -> bool:
    return pair.request.component == "Raw" and '"meta_null"' in pair.request.body and fixed(pair)


@rule
def real_status(pair: Pair) -> bool:
    told = str(pair.theirs.info)[:4]
    return pair.theirs.status == 500 and told in ("404 ", "405 ") and pair.ours.status in (404, 405)


@rule
def code_is_told(pair: Pair) -> bool:
    return pair.theirs.status == "UNKNOWN" and pair.ours.status in GRPC_CODES


@rule
def user_handlers_first(pair: Pair) -> bool:
    return pair.request.component == "GeneralHandler" and pair.ours.status == 409


@rule
def any_sequence_of_metrics(pair: Pair) -> bool:
    return metrics_any(pair.request, "tuple", "dict") and fixed(pair)


@rule
def metric_names_are_checked(pair: Pair) -> bool:
    return metrics_any(pair.request, "bad_name", "unicode_label") and now_fails(pair)


@rule
def unrecordable_metrics_are_bad(pair: Pair) -> bool:
    asked = metrics_any(pair.request, "number", "int_tags", "no_tags")
    return asked and pair.theirs.status == 500 and pair.ours.reason == "MICROSERVICE_BAD_METRIC"


@rule
def metrics_are_echoed_as_far_as_possible(pair: Pair) -> bool:
    return uses_proto(pair) and metrics_any(pair.request, "extra_key", "nan", "huge") and fixed(pair)


@rule
def metrics_on_the_rest_port(pair: Pair) -> bool:
    return pair.request.call in ("GET /metrics", "HEAD /metrics") and fixed(pair)


@rule
def one_of_two_faults(pair: Pair) -> bool:
    faulty = {
        *FAILING,
        *ODD,
        *FAILING_TAGS,
        *ODD_TAGS,
        *FAILING_METRICS,
        *ODD_METRICS,
        *FAILING_ROUTES,
        *ODD_ROUTES,
        *ODD_NAMES,
    }
    several = any(
        len([word for word in each.values() if word in faulty]) > 1 for each in orders(pair.request)
    )
    return several and not pair.theirs.ok and not pair.ours.ok


@rule
def page_to_try(pair: Pair) -> bool:
    return pair.request.call in ("GET /docs", "HEAD /docs") and fixed(pair)


@rule
def keys_of_custom_are_text(pair: Pair) -> bool:
    return pair.request.component == "MetadataV2+yaml" and pair.request.wire == GRPC and fixed(pair)


@rule
def invalid_metadata_is_an_error(pair: Pair) -> bool:
    named = pair.request.component in ("MetadataInvalid", "MetadataBadType")
    return named and pair.request.wire == GRPC and now_fails(pair)


@rule
def any_integer_is_a_route(pair: Pair) -> bool:
    if not is_route(pair):
        return False
    return (orders_any(pair.request, "true") and now_fails(pair)) or (
        orders_any(pair.request, "np_int64") and fixed(pair)
    )


@rule
def health_is_a_state(pair: Pair) -> bool:
    told = pair.request.before
    said = any(f"to={word}" in told for word in ("none", "true", "false"))
    return (
        said
        and pair.request.verb == "status"
        and pair.theirs.status == 400
        and pair.ours.status in (200, 503)
    )


@rule
def tftensor_without_tensorflow(pair: Pair) -> bool:
    return "tftensor" in pair.request.body and not pair.theirs.ok and (fixed(pair) or refused(pair))


@rule
def own_signature(pair: Pair) -> bool:
    return pair.request.component == "OnlyPayload" and fixed(pair)
