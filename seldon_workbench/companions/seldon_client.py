"""``SeldonClient``: Seldon's own Python client, for deployments behind a gateway and for microservices.

Rule: names, order and defaults of arguments are Seldon's. What the other side does wrong is told by
``success`` and ``msg`` of the result; only a call that cannot be made raises.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError

from seldon_workbench.companions.client_calls import Answer, Calls, explain_url, gateway_url, rpc_metadata
from seldon_workbench.companions.client_messages import (
    Payload,
    as_message,
    feedback,
    message,
    messages,
)
from seldon_workbench.companions.client_values import (
    METHODS,
    Options,
    SeldonCallCredentials,
    SeldonChannelCredentials,
    SeldonClientCombine,
    SeldonClientException,
    SeldonClientFeedback,
    SeldonClientPrediction,
)
from seldon_workbench.errors import one_of
from seldon_workbench.server import wire
from seldon_workbench.server.proto_json import to_json

__all__ = [
    "SeldonCallCredentials",
    "SeldonChannelCredentials",
    "SeldonClient",
    "SeldonClientCombine",
    "SeldonClientException",
    "SeldonClientFeedback",
    "SeldonClientPrediction",
]

_log = logging.getLogger(__name__)

_RPCS = {
    "predict": "Model/Predict",
    "transform-input": "Generic/TransformInput",
    "transform-output": "Generic/TransformOutput",
    "route": "Generic/Route",
    "aggregate": "Generic/Aggregate",
}
_MIB4 = 4 * 1024 * 1024


class SeldonClient:
    """Calls a deployment (``predict``, ``feedback``, ``explain``) or a bare component (``microservice``).

    What a call is given wins over what the client was given. ``close`` it, or use it in a ``with``,
    where many are made: connections are kept.
    """

    timeout: float = 300.0
    """Seconds a call may take; over REST the longest silence. Set it on the class or on a client."""

    def __init__(
        self,
        gateway: str = "ambassador",
        transport: str = "rest",
        namespace: str | None = None,
        deployment_name: str | None = None,
        payload_type: str = "tensor",
        gateway_endpoint: str = "localhost:8003",
        microservice_endpoint: str = "localhost:5000",
        grpc_max_send_message_length: int = _MIB4,
        grpc_max_receive_message_length: int = _MIB4,
        channel_credentials: SeldonChannelCredentials | None = None,
        call_credentials: SeldonCallCredentials | None = None,
        debug: bool = False,
        client_return_type: str = "dict",
        ssl: bool | None = None,
    ) -> None:
        """``debug`` logs what is sent and what comes back."""
        self.config: dict[str, Any] = {
            name: value for name, value in locals().items() if name not in ("self", "__class__")
        }
        self._calls = Calls()

    def close(self) -> None:
        """Close the connections that are kept; the client can still be used."""
        self._calls.close()

    def __enter__(self) -> "SeldonClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def predict(
        self,
        gateway: str | None = None,
        transport: str | None = None,
        deployment_name: str | None = None,
        payload_type: str | None = None,
        gateway_endpoint: str | None = None,
        microservice_endpoint: str | None = None,
        method: str | None = None,
        shape: Sequence[int] = (1, 1),
        namespace: str | None = None,
        data: Any = None,
        bin_data: bytes | bytearray | None = None,
        str_data: str | None = None,
        json_data: Any = None,
        custom_data: Any = None,
        names: Iterable[str] | None = None,
        gateway_prefix: str | None = None,
        headers: Mapping[str, str] | None = None,
        http_path: str | None = None,
        meta: Mapping[str, Any] | None = None,
        client_return_type: str | None = None,
        raw_data: Mapping[str, Any] | None = None,
        ssl: bool | None = None,
    ) -> SeldonClientPrediction:
        """Ask a deployment for a prediction.

        ``meta`` becomes the tags of the request. ``raw_data`` is a whole request in its JSON form, sent
        as it is. ``http_path`` replaces ``/api/v1.0/predictions`` behind the deployment's name. ``method``
        and ``microservice_endpoint`` mean nothing here. Raises SeldonClientException.
        """
        options = self._options(locals())
        if raw_data is None:
            payload = Payload(
                bin_data=bin_data,
                str_data=str_data,
                json_data=json_data,
                custom_data=custom_data,
                data=data,
                shape=shape,
                names=names,
            )
            has_meta = not (options.is_direct and options.transport == "grpc")
            request = message(payload, options, meta, has_meta=has_meta)
        else:
            request = as_message(raw_data, wire.SeldonMessage)
        if options.transport == "grpc":
            answer = self._rpc("Seldon/Predict", request, options, headers)
            return SeldonClientPrediction(*_outcome(request, answer, options))
        url = gateway_url(options, "/api/v1.0/predictions", prefix=gateway_prefix, own_path=http_path)
        answer = self._post(url, to_json(request) if raw_data is None else raw_data, options, headers)
        return SeldonClientPrediction(*_outcome(request, answer, options))

    def feedback(
        self,
        prediction_request: Any = None,
        prediction_response: Any = None,
        prediction_truth: Any = None,
        reward: float = 0,
        gateway: str | None = None,
        transport: str | None = None,
        deployment_name: str | None = None,
        payload_type: str | None = None,
        gateway_endpoint: str | None = None,
        microservice_endpoint: str | None = None,
        method: str | None = None,
        shape: Sequence[int] = (1, 1),
        namespace: str | None = None,
        gateway_prefix: str | None = None,
        client_return_type: str | None = None,
        raw_request: Mapping[str, Any] | None = None,
        ssl: bool | None = None,
    ) -> SeldonClientFeedback:
        """Send a deployment the reward, or the truth, for an earlier prediction.

        Request, response and truth are messages or their JSON form; ``raw_request`` is a whole Feedback in
        its JSON form, sent as it is. Raises SeldonClientException.
        """
        options = self._options(locals())
        if raw_request is None:
            request = feedback(prediction_request, prediction_response, prediction_truth, reward)
        else:
            request = as_message(raw_request, wire.Feedback)
        if options.transport == "grpc":
            answer = self._rpc("Seldon/SendFeedback", request, options, None)
            return SeldonClientFeedback(*_outcome(request, answer, options))
        url = gateway_url(options, "/api/v1.0/feedback", prefix=gateway_prefix)
        answer = self._post(url, to_json(request) if raw_request is None else raw_request, options, None)
        return SeldonClientFeedback(*_outcome(request, answer, options))

    def explain(
        self,
        gateway: str | None = None,
        transport: str | None = None,
        deployment_name: str | None = None,
        payload_type: str | None = None,
        gateway_endpoint: str | None = None,
        shape: Sequence[int] = (1, 1),
        namespace: str | None = None,
        data: Any = None,
        bin_data: bytes | bytearray | None = None,
        str_data: str | None = None,
        json_data: Any = None,
        names: Iterable[str] | None = None,
        gateway_prefix: str | None = None,
        headers: Mapping[str, str] | None = None,
        http_path: str | None = None,
        client_return_type: str | None = None,
        predictor: str | None = None,
        ssl: bool | None = None,
    ) -> SeldonClientPrediction:
        """Ask the explainer of a predictor, over REST; request and response are dicts.

        Raises SeldonClientException.
        """
        options = self._options(locals())
        _check_explain(options, predictor)
        payload = Payload(
            bin_data=bin_data, str_data=str_data, json_data=json_data, data=data, shape=shape, names=names
        )
        body = to_json(message(payload, options))
        url = explain_url(options, predictor or "", prefix=gateway_prefix, own_path=http_path)
        answer = self._post(url, body, options, headers)
        return SeldonClientPrediction(body, answer.body, not answer.failure, answer.failure)

    def microservice(
        self,
        gateway: str | None = None,
        transport: str | None = None,
        deployment_name: str | None = None,
        payload_type: str | None = None,
        gateway_endpoint: str | None = None,
        microservice_endpoint: str | None = None,
        method: str | None = None,
        shape: Sequence[int] = (1, 1),
        namespace: str | None = None,
        data: Any = None,
        datas: Sequence[Any] | None = None,
        ndatas: int | None = None,
        bin_data: bytes | bytearray | None = None,
        str_data: str | None = None,
        json_data: Any = None,
        custom_data: Any = None,
        names: Iterable[str] | None = None,
    ) -> SeldonClientPrediction | SeldonClientCombine:
        """Call ``method`` (``predict`` if None) of a component's own server.

        Requests and replies are messages. ``aggregate`` sends ``datas``, or ``ndatas`` random arrays.
        Raises SeldonClientException.
        """
        options = self._options(locals(), client_return_type="proto")
        method = method or "predict"
        if method not in METHODS:
            raise SeldonClientException(f"method is {method!r}", hint=f"use {one_of(METHODS)}")
        if method == "aggregate":
            request = messages(_all_data(datas, ndatas, shape), options, names)
            answer = self._call_microservice(method, _RPCS[method], request, options)
            return SeldonClientCombine(*_outcome(request, answer, options))
        payload = Payload(
            bin_data=bin_data,
            str_data=str_data,
            json_data=json_data,
            custom_data=custom_data,
            data=data,
            shape=shape,
            names=names,
        )
        request = message(payload, options)
        answer = self._call_microservice(method, _RPCS[method], request, options)
        return SeldonClientPrediction(*_outcome(request, answer, options))

    def microservice_feedback(
        self,
        prediction_request: Any = None,
        prediction_response: Any = None,
        reward: float = 0,
        gateway: str | None = None,
        transport: str | None = None,
        deployment_name: str | None = None,
        payload_type: str | None = None,
        gateway_endpoint: str | None = None,
        microservice_endpoint: str | None = None,
        method: str | None = None,
        shape: Sequence[int] = (1, 1),
        namespace: str | None = None,
    ) -> SeldonClientFeedback:
        """Send a component's own server the reward for an earlier reply. Raises SeldonClientException."""
        options = self._options(locals(), client_return_type="proto")
        request = feedback(prediction_request, prediction_response, None, reward)
        answer = self._call_microservice("send-feedback", "Generic/SendFeedback", request, options)
        return SeldonClientFeedback(*_outcome(request, answer, options))

    def _options(self, given: Mapping[str, Any], **fixed: Any) -> Options:
        """The options of a call, of its arguments those that are options. Raises SeldonClientException."""
        return Options.of(self.config, **{name: given.get(name) for name in self.config} | fixed)

    def _post(self, url: str, body: Any, options: Options, headers: Mapping[str, str] | None) -> Answer:
        return self._told(
            options, url, body, self._calls.post_json(url, body, options, headers, self.timeout)
        )

    def _rpc(self, rpc: str, request: Any, options: Options, headers: Mapping[str, str] | None) -> Answer:
        metadata = rpc_metadata(options, headers)
        return self._told(
            options, rpc, request, self._calls.call(rpc, request, options, metadata, self.timeout)
        )

    def _call_microservice(self, method: str, rpc: str, request: Any, options: Options) -> Answer:
        if options.transport == "grpc":
            answer = self._calls.call(rpc, request, options, [], self.timeout, is_microservice=True)
        else:
            url = f"http://{options.microservice_endpoint}/{method}"
            answer = self._calls.post_form(url, to_json(request), options, self.timeout)
        return self._told(options, method, request, answer)

    def _told(self, options: Options, where: str, sent: Any, answer: Answer) -> Answer:
        if options.debug:
            _log.info("%s: sent %s, got %s %s", where, sent, answer.body, answer.failure)
        return answer


def _check_explain(options: Options, predictor: str | None) -> None:
    if options.is_direct:
        raise SeldonClientException("Unknown gateway seldon", hint="explain goes through ambassador or istio")
    if options.transport == "grpc":
        raise SeldonClientException("gRPC not supported for explain", hint="use transport='rest'")
    if options.wants_proto:
        raise SeldonClientException("Invalid client_return_type", hint="explanations are dicts")
    if predictor is None:
        raise SeldonClientException(
            "Predictor parameter must be provided to talk through explainer via gateway"
        )


def _all_data(datas: Sequence[Any] | None, ndatas: int | None, shape: Sequence[int]) -> Sequence[Any]:
    if datas is not None:
        return datas
    if ndatas is None:
        raise SeldonClientException("aggregate needs datas or ndatas", hint="datas=[array, array]")
    return [Payload(shape=shape).array() for _ in range(ndatas)]


def _outcome(request: Any, answer: Answer, options: Options) -> tuple[Any, Any, bool, str]:
    """Request, response, success and msg of a result, in the form that was asked for."""
    try:
        if options.transport == "grpc":
            return _rpc_outcome(request, answer, options)
        response = answer.body if not options.wants_proto else _parsed(answer.body)
        return request, response, not answer.failure, answer.failure
    except (json_format.ParseError, DecodeError, AttributeError, TypeError) as error:
        return request, None, False, answer.failure or f"the reply is no SeldonMessage: {error}"


def _rpc_outcome(request: Any, answer: Answer, options: Options) -> tuple[Any, Any, bool, str]:
    if answer.failure:
        return request, None, False, answer.failure
    reply = wire.SeldonMessage.FromString(answer.body)
    if options.wants_proto:
        return request, reply, True, ""
    return to_json(request), to_json(reply), True, ""


def _parsed(body: Any) -> Any:
    return None if body is None else json_format.ParseDict(body, wire.SeldonMessage())
