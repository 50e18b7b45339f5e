"""Components with raw and deprecated hooks, which take and return the wire's own form."""

from typing import Any

from seldon_core.proto import prediction_pb2
from seldon_core.user_model import SeldonNotImplementedError

REPLIES: dict[str, Any] = {
    "plain": {"strData": "raw"},
    "data": {"data": {"ndarray": [[1, 2.5]]}, "extra": [None, True]},
    "meta": {"meta": {"tags": {"a": 1}, "puid": "raw"}, "strData": "x"},
    "metrics": {"meta": {"metrics": [{"key": "raw", "type": "GAUGE", "value": 1}]}, "strData": "x"},
    "status_418": {"status": {"code": 418, "info": "tea"}},
    "status_201": {"status": {"code": 201}, "strData": "x"},
    "status_503": {"status": {"code": 503, "reason": "R", "status": 1}},
    "status_empty": {"status": {}, "strData": "x"},
    "status_minus_1": {"status": {"code": -1, "info": "proxied", "reason": "R", "status": 1}},
    "status_0": {"status": {"code": 0}, "strData": "x"},
    "status_text": {"status": {"code": "x"}, "strData": "x"},
    "status_float": {"status": {"code": 200.0}, "strData": "x"},
    "status_null": {"status": None, "strData": "x"},
    "list": [1, 2],
    "text": "a string",
    "number": 5,
    "none": None,
    "tuple": ({"a": 1}, 201),
    "meta_null": {"meta": None},
}


def raw_reply(message: Any) -> Any:
    """The reply a raw request asks for, in the form the request came in."""
    if isinstance(message, prediction_pb2.SeldonMessage):
        reply = prediction_pb2.SeldonMessage(strData="raw " + message.strData)
        reply.meta.puid = message.meta.puid
        reply.meta.metrics.add(key="raw", type="GAUGE", value=1)
        if message.strData.startswith("status"):
            reply.status.code = 418
        return reply
    return REPLIES.get(str(message.get("strData")), {"echo": message})


class Raw:
    """Raw hooks only."""

    def predict_raw(self, message: Any) -> Any:
        return raw_reply(message)

    def transform_input_raw(self, message: Any) -> Any:
        return raw_reply(message)

    def transform_output_raw(self, message: Any) -> Any:
        return raw_reply(message)

    def route_raw(self, message: Any) -> Any:
        if isinstance(message, prediction_pb2.SeldonMessage):
            reply = prediction_pb2.SeldonMessage()
            reply.data.tensor.shape.extend([1, 1])
            reply.data.tensor.values.append(3)
            return reply
        return {"data": {"ndarray": [[3]]}}

    def aggregate_raw(self, messages: Any) -> Any:
        if isinstance(messages, prediction_pb2.SeldonMessageList):
            return prediction_pb2.SeldonMessage(strData=f"{len(messages.seldonMessages)} messages")
        return {"jsonData": {"messages": messages}}

    def send_feedback_raw(self, feedback: Any) -> Any:
        return prediction_pb2.SeldonMessage(strData=f"reward {feedback.reward}")

    def health_status_raw(self) -> Any:
        return {"status": {"code": 503}, "strData": "raw health"}


class FallThrough:
    """Raw hooks that decline, so that the high-level ones are asked."""

    def predict_raw(self, message: Any) -> Any:
        raise SeldonNotImplementedError("declined")

    def predict(self, X: Any, names: Any) -> Any:
        return X

    def route_raw(self, message: Any) -> Any:
        raise SeldonNotImplementedError("declined")

    def route(self, X: Any, names: Any) -> Any:
        return 2


class Deprecated:
    """Hooks per transport, for predict and for a transform."""

    def predict_rest(self, message: Any) -> Any:
        return {"strData": "rest", "meta": {"metrics": [{"key": "r", "type": "GAUGE", "value": 1}]}}

    def predict_grpc(self, message: Any) -> Any:
        return prediction_pb2.SeldonMessage(strData="grpc")

    def transform_input_rest(self, message: Any) -> Any:
        return {"strData": "rest"}

    def transform_input_grpc(self, message: Any) -> Any:
        return prediction_pb2.SeldonMessage(strData="grpc")

    def send_feedback_rest(self, feedback: Any) -> Any:
        return {"strData": type(feedback).__name__}


class SilentFeedback:
    """A raw feedback hook that returns nothing."""

    def send_feedback_raw(self, feedback: Any) -> Any:
        return None
