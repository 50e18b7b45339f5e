"""The table of Seldon's methods: one row per verb, read by every wire and every face.

Rule: routes, RPCs, hooks, metric tags and command choices are looked up here, never repeated.
"""

from dataclasses import dataclass
from enum import Enum

__all__ = [
    "AGGREGATE",
    "BY_NAME",
    "HEALTH_STATUS",
    "METADATA",
    "METHODS",
    "PREDICT",
    "REST_PATHS",
    "ROUTE",
    "SEND_FEEDBACK",
    "TRANSFORM_INPUT",
    "TRANSFORM_OUTPUT",
    "Input",
    "Method",
    "Missing",
    "RestPath",
]


class Input(Enum):
    """What a method is sent."""

    MESSAGE = "SeldonMessage"
    MESSAGES = "SeldonMessageList"
    FEEDBACK = "Feedback"
    NOTHING = "nothing"


class Missing(Enum):
    """What happens when the component has no hook for a method."""

    REFUSE = "an error says so"
    PASS_THROUGH = "the input is the output"  # noqa: S105 - no password
    IGNORE = "the reply is empty"
    HEALTHY = "the component counts as healthy"


@dataclass(frozen=True, slots=True)
class RestPath:
    """One path a method is served at."""

    path: str
    verbs: tuple[str, ...] = ("GET", "HEAD", "POST")


@dataclass(frozen=True, slots=True)
class Method:
    """One of Seldon's verbs."""

    name: str
    """Seldon's word for it, and the name of the hook on the component."""
    paths: tuple[RestPath, ...]
    """Where REST serves it; the first is the one to show."""
    rpcs: tuple[str, ...]
    """``Service/Method`` names within ``seldon.protos``; the first is the one to show."""
    input: Input
    metric_tag: str = ""
    """Value of the ``method`` label of metrics recorded by it."""
    missing: Missing = Missing.REFUSE
    keeps_request_meta: bool = True
    """Whether tags, metrics and requestPath of the request reach the reply."""
    runs_user_code: bool = True
    """Whether a request calls the component (and so waits for its threads)."""

    @property
    def slug(self) -> str:
        """The verb as REST paths and commands spell it: ``transform-input``."""
        return self.name.replace("_", "-")


_POST = ("POST",)
_GET = ("GET", "HEAD")

PREDICT = Method(
    name="predict",
    paths=(
        RestPath("/api/v1.0/predictions", _POST),
        RestPath("/api/v0.1/predictions", _POST),
        RestPath("/predict"),
    ),
    rpcs=("Model/Predict", "Seldon/Predict"),
    input=Input.MESSAGE,
    metric_tag="predict",
)
TRANSFORM_INPUT = Method(
    name="transform_input",
    paths=(RestPath("/transform-input"),),
    rpcs=("Transformer/TransformInput", "Generic/TransformInput"),
    input=Input.MESSAGE,
    metric_tag="inputtransform",
    missing=Missing.PASS_THROUGH,
)
TRANSFORM_OUTPUT = Method(
    name="transform_output",
    paths=(RestPath("/transform-output"),),
    rpcs=("OutputTransformer/TransformOutput", "Generic/TransformOutput"),
    input=Input.MESSAGE,
    metric_tag="outputtransform",
    missing=Missing.PASS_THROUGH,
)
ROUTE = Method(
    name="route",
    paths=(RestPath("/route"),),
    rpcs=("Router/Route", "Generic/Route"),
    input=Input.MESSAGE,
    metric_tag="router",
    keeps_request_meta=False,
)
AGGREGATE = Method(
    name="aggregate",
    paths=(RestPath("/aggregate"),),
    rpcs=("Combiner/Aggregate", "Generic/Aggregate"),
    input=Input.MESSAGES,
    metric_tag="aggregate",
)
SEND_FEEDBACK = Method(
    name="send_feedback",
    paths=(
        RestPath("/api/v1.0/feedback", _POST),
        RestPath("/api/v0.1/feedback", _POST),
        RestPath("/send-feedback"),
    ),
    rpcs=("Model/SendFeedback", "Seldon/SendFeedback", "Router/SendFeedback", "Generic/SendFeedback"),
    input=Input.FEEDBACK,
    metric_tag="feedback",
    missing=Missing.IGNORE,
    keeps_request_meta=False,
)
HEALTH_STATUS = Method(
    name="health_status",
    paths=(RestPath("/health/status", _GET), RestPath("/api/v1.0/health/status", _GET)),
    rpcs=(),
    input=Input.NOTHING,
    metric_tag="health",
    missing=Missing.HEALTHY,
    keeps_request_meta=False,
)
METADATA = Method(
    name="metadata",
    paths=(RestPath("/metadata", _GET), RestPath("/api/v1.0/metadata", _GET)),
    rpcs=("Model/Metadata", "Seldon/ModelMetadata"),
    input=Input.NOTHING,
    runs_user_code=False,
)

METHODS = (
    PREDICT,
    TRANSFORM_INPUT,
    TRANSFORM_OUTPUT,
    ROUTE,
    AGGREGATE,
    SEND_FEEDBACK,
    HEALTH_STATUS,
    METADATA,
)
BY_NAME = {method.name: method for method in METHODS}
REST_PATHS = {path.path: method for method in METHODS for path in method.paths}
"""Every path, and the method it serves."""
