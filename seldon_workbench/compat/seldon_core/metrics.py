"""``seldon_core.metrics``: metrics as components return them, and the store they are recorded in."""

from seldon_workbench.compat import process
from seldon_workbench.compat.seldon_metrics import SeldonMetrics
from seldon_workbench.methods import (
    AGGREGATE,
    HEALTH_STATUS,
    PREDICT,
    ROUTE,
    SEND_FEEDBACK,
    TRANSFORM_INPUT,
    TRANSFORM_OUTPUT,
)
from seldon_workbench.metrics import (
    create_counter,
    create_gauge,
    create_timer,
    split_image_tag,
    unit_labels,
)
from seldon_workbench.metrics import is_valid as validate_metrics

__all__ = [
    "AGGREGATE_METRIC_METHOD_TAG",
    "COUNTER",
    "DEFAULT_LABELS",
    "FEEDBACK_METRIC_METHOD_TAG",
    "GAUGE",
    "HEALTH_METRIC_METHOD_TAG",
    "INPUT_TRANSFORM_METRIC_METHOD_TAG",
    "OUTPUT_TRANSFORM_METRIC_METHOD_TAG",
    "PREDICT_METRIC_METHOD_TAG",
    "ROUTER_METRIC_METHOD_TAG",
    "TIMER",
    "SeldonMetrics",
    "create_counter",
    "create_gauge",
    "create_timer",
    "split_image_tag",
    "validate_metrics",
]

COUNTER, GAUGE, TIMER = "COUNTER", "GAUGE", "TIMER"

DEFAULT_LABELS = unit_labels(process.unit())
"""The labels of every sample but ``method`` and ``worker_id``, as the environment was at the import."""

PREDICT_METRIC_METHOD_TAG = PREDICT.metric_tag
INPUT_TRANSFORM_METRIC_METHOD_TAG = TRANSFORM_INPUT.metric_tag
OUTPUT_TRANSFORM_METRIC_METHOD_TAG = TRANSFORM_OUTPUT.metric_tag
ROUTER_METRIC_METHOD_TAG = ROUTE.metric_tag
AGGREGATE_METRIC_METHOD_TAG = AGGREGATE.metric_tag
FEEDBACK_METRIC_METHOD_TAG = SEND_FEEDBACK.metric_tag
HEALTH_METRIC_METHOD_TAG = HEALTH_STATUS.metric_tag
