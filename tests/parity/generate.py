"""Seeded requests: a component, a verb, a wire, a payload, and how it is carried."""

import json
from collections.abc import Callable
from random import Random

from . import hooks, messages, picks, values
from . import malformed as malformed_requests
from .exchange import GRPC, MALFORMED, ODD, REST, WELL, Request, compact
from .messages import Message

PREDICT_CALLS = ("POST /predict", "POST /api/v1.0/predictions", "POST /api/v0.1/predictions")
FEEDBACK_CALLS = ("POST /send-feedback", "POST /api/v1.0/feedback", "POST /api/v0.1/feedback")
REST_CALLS = {"transform-input": "POST /transform-input", "transform-output": "POST /transform-output"}
RPCS = {
    "predict": ("Model/Predict", "Seldon/Predict"),
    "transform-input": ("Generic/TransformInput", "Transformer/TransformInput"),
    "transform-output": ("Generic/TransformOutput", "OutputTransformer/TransformOutput"),
    "route": ("Generic/Route", "Router/Route"),
    "aggregate": ("Generic/Aggregate", "Combiner/Aggregate"),
    "send-feedback": tuple(f"{service}/SendFeedback" for service in ("Generic", "Model", "Router", "Seldon")),
    "metadata": ("Model/Metadata", "Model/Metadata", "Seldon/ModelMetadata", "Seldon/GraphMetadata"),
}
METADATA_CALLS = ("GET /metadata", "GET /api/v1.0/metadata", "HEAD /metadata")
HEALTH_CALLS = (
    *("GET /health/status", "GET /health/status", "GET /api/v1.0/health/status", "GET /health/ping"),
    *("HEAD /health/ping", "HEAD /health/status", "OPTIONS /predict", "GET /health/status?json=5"),
)
VERBS = (
    "predict",
    "transform-input",
    "transform-output",
    "route",
    "aggregate",
    "send-feedback",
    "health",
    "metadata",
)
LONGEST_QUERY = 1500
"""Characters of JSON; escaped it has to fit into the request line the original's server accepts."""

PICKERS = {"Picker": 55, "NamedPicker": 6, "ListNamedPicker": 3, "PropertyNamedPicker": 3, "Picker+unit": 6}
PLAIN_HOOKS = {
    "Signatures": 3,
    "Positional": 3,
    "Callables": 3,
    "Bare": 4,
    "Based": 3,
    "Signatures+unit": 1,
    "UserHandler": 2,
    "FallThrough": 2,
}
METADATAS = {"MetadataV1": 1, "MetadataV2": 1, "MetadataPartial": 1, "MetadataNone": 1}
ODD_HOOKS = (
    *("Nothing", "BasedBare", "Uncallable", "OnlyPayload", "OldFeedback", "TagsWithPayload", "AsyncPredict"),
    *("MetaHandling", "TypeErrorInside", "StaticNamedPicker"),
)
ODD_METADATAS = ("MetadataInvalid", "MetadataBadType", "MetadataAlias")


OTHER_HOOKS = 0.2
"""Share of requests to raw hooks, blueprints and the like, and in forms."""


def requests(seed: int, count: int, *, malformed: float = 0.0, odd: float = 0.1) -> list[Request]:
    """So many requests, the same for the same seed, ordered by component."""
    rng = Random(seed)
    made = [request(rng, form_of(rng, malformed, odd)) for _ in range(count)]
    return sorted(made, key=lambda each: each.component)


def form_of(rng: Random, malformed: float, odd: float) -> str:
    """Malformed with that share; of the rest odd with the other."""
    if rng.random() < malformed:
        return MALFORMED
    return ODD if rng.random() < odd else WELL


def request(rng: Random, form: str) -> Request:
    """One request of a form."""
    if form == MALFORMED:
        return malformed_requests.request(rng)
    if rng.random() < OTHER_HOOKS:
        return hooks.request(rng, form)
    if form == ODD and rng.random() < 0.25:
        return odd_component(rng)
    name = rng.choices(*zip(*(PICKERS | PLAIN_HOOKS | METADATAS).items(), strict=True))[0]
    if name in METADATAS:
        return metadata(rng, name, form)
    if name in PLAIN_HOOKS:
        return plain_hook(rng, name, form)
    return picker(rng, name, form)


def odd_component(rng: Random) -> Request:
    """A plain request to a component that the original serves badly."""
    name = rng.choice(ODD_HOOKS + ODD_METADATAS)
    return metadata(rng, name, ODD) if name in ODD_METADATAS else plain_hook(rng, name, ODD)


def metadata(rng: Random, name: str, form: str) -> Request:
    """The metadata of a component."""
    if rng.random() < 0.5:
        return Request(name, REST, rng.choice(METADATA_CALLS), carrier="none", form=form)
    return Request(name, GRPC, rng.choice(RPCS["metadata"]), body="{}", form=form)


def plain_hook(rng: Random, name: str, form: str) -> Request:
    """A message without orders, to any verb, of a component that takes none."""
    return any_verb(rng, name, form, lambda rest: messages.message(rng, "pick:identity", rest=rest))


def picker(rng: Random, name: str, form: str) -> Request:
    """A message whose order fits the verb."""
    verb = rng.choices(VERBS, weights=(45, 9, 9, 9, 10, 10, 4, 4))[0]
    return any_verb(rng, name, form, lambda rest: ordering(rng, name, verb, form, rest), verb)


def ordering(rng: Random, name: str, verb: str, form: str, rest: bool) -> Message:
    """A message with an order; an odd one has either an odd order or a twist."""
    odd_order = form == ODD and rng.random() < 0.5
    order = picks.order(rng, ordered(rng, verb, odd_order, rest), odd=odd_order, rest=rest)
    if name == "NamedPicker":
        order += f";names={rng.choice(picks.NAMES + (picks.ODD_NAMES if odd_order else ()))}"
    made = messages.message(rng, order, rest=rest)
    return messages.twisted(rng, made, rest=rest) if form == ODD and not odd_order else made


def ordered(rng: Random, verb: str, odd: bool, rest: bool) -> str:
    """What a verb is asked to return."""
    if verb == "route":
        return rng.choice(picks.ODD_ROUTES if odd else picks.ROUTES * 2 + picks.FAILING_ROUTES)
    if verb == "aggregate" and not odd:
        return rng.choice(picks.AGGREGATES)
    if verb == "send-feedback" and not odd:
        return rng.choice(picks.FEEDBACKS)
    return picks.what(rng, odd, rest)


def any_verb(rng: Random, name: str, form: str, make: Callable[[bool], Message], verb: str = "") -> Request:
    """A request to the verb, or to any, over either wire."""
    verb = verb or rng.choice(VERBS)
    if verb == "health":
        return health(rng, name, form)
    if verb == "metadata":
        return metadata(rng, name, form)
    rest = rng.random() < 0.6
    if verb == "aggregate":
        return aggregate(rng, name, form, make, rest)
    if verb == "send-feedback":
        return feedback(rng, name, form, make, rest)
    body = compact(make(rest))
    if not rest:
        return Request(name, GRPC, rng.choice(RPCS[verb]), body, form=form)
    return carried(rng, Request(name, REST, rest_call(rng, verb), body, form=form))


def rest_call(rng: Random, verb: str) -> str:
    """Method and path of a verb, by any of its aliases."""
    return rng.choice(PREDICT_CALLS) if verb == "predict" else f"POST /{verb}"


CARRIERS = {
    "form": "form",
    "query": "query",
    "charset": "type:application/json; charset=utf-8",
    "vendor": "type:application/vnd.seldon+json",
}


def carried(rng: Random, request: Request) -> Request:
    """Mostly the JSON body; now and then a form, a query, a body on GET, or JSON spelled otherwise."""
    kinds = ("json", "form", "query", "get", "charset", "vendor", "pretty", "escaped")
    kind = rng.choices(kinds, weights=(70, 6, 6, 4, 3, 2, 5, 4))[0]
    if kind == "query" and len(request.body.encode()) > LONGEST_QUERY:
        kind = "json"
    if kind in ("query", "get") and request.call.startswith("POST /api/"):
        return request
    by_get = kind == "get" or (kind == "query" and rng.random() < 0.7)
    call = f"GET {request.call.split(' ')[1]}" if by_get else request.call
    body = spelled(request.body, kind)
    return Request(request.component, REST, call, body, CARRIERS.get(kind, "json"), request.form)


def spelled(body: str, kind: str) -> str:
    """The same JSON with white space, or with everything escaped that can be."""
    if kind == "pretty":
        return "\n " + json.dumps(json.loads(body), indent=2) + " \r\n"
    return json.dumps(json.loads(body)) if kind == "escaped" else body


def health(rng: Random, name: str, form: str) -> Request:
    """The state of health, which a picker is told beforehand."""
    before = ""
    if name in PICKERS:
        choices = picks.ODD_HEALTHS if form == ODD else picks.HEALTHS
        tags = f";tags={rng.choice(picks.TAGS)}" if rng.random() < 0.3 else ""
        metrics = f";metrics={rng.choice(picks.METRICS)}" if rng.random() < 0.3 else ""
        before = compact({"strData": f"pick:set_health;to={rng.choice(choices)}{tags}{metrics}"})
    call = rng.choice(HEALTH_CALLS)
    return Request(name, REST, call, carrier="none", form=form, before=before)


def aggregate(rng: Random, name: str, form: str, make: Callable[[bool], Message], rest: bool) -> Request:
    """One to four messages; half the time numeric arrays of one shape, which can be combined."""
    number = rng.randint(1, 4)
    alike = form == WELL and name in PICKERS and rng.random() < 0.5
    made = combinable(rng, number, rest) if alike else [make(rest) for _ in range(number)]
    if not rest:
        return Request(
            name, GRPC, rng.choice(RPCS["aggregate"]), compact({"seldonMessages": made}), form=form
        )
    body = compact(made if rng.random() < 0.5 else {"seldonMessages": made})
    return carried(rng, Request(name, REST, "POST /aggregate", body, form=form))


def combinable(rng: Random, number: int, rest: bool) -> list[Message]:
    """Messages with arrays of one shape, the first of them ordering how to combine them."""
    sizes = values.shape(rng)
    order = picks.order(rng, rng.choice(picks.ARRAY_AGGREGATES), rest=rest)
    made = []
    for index in range(number):
        cells = values.cells(rng, rng.choice(("int", "float")), values.count(sizes))
        names = {"names": [order]} if index == 0 else {}
        kind = rng.choice(("ndarray", "tensor"))
        array = values.nested(cells, sizes) if kind == "ndarray" else {"shape": sizes, "values": cells}
        meta = values.meta(rng)
        made.append({"data": {**names, kind: array}, **({} if meta is None else {"meta": meta})})
    return made


def feedback(rng: Random, name: str, form: str, make: Callable[[bool], Message], rest: bool) -> Request:
    """A reward with or without request, response and truth."""
    made: Message = {}
    if rng.random() < 0.85:
        made["request"] = make(False)
    if rng.random() < 0.5:
        made["response"] = {"meta": {"routing": {rng.choice(("0", "clf")): rng.randint(-1, 3)}}}
    if rng.random() < 0.7:
        made["reward"] = rng.choice((0, 1, -1, 0.5, 0.1, 2.75, 100))
    if rng.random() < 0.4:
        made["truth"] = messages.message(rng, "pick:identity", rest=False)
    body = compact(made)
    if not rest:
        return Request(name, GRPC, rng.choice(RPCS["send-feedback"]), body, form=form)
    return carried(rng, Request(name, REST, rng.choice(FEEDBACK_CALLS), body, form=form))
