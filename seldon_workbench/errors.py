"""Every way this project fails, as one tree.

    WorkbenchError
      PayloadError             the request cannot be understood
        PayloadTooLarge        ... because it is larger than the limit that was set
      HookMissing              the component does not implement the method that was called
      Unhealthy                the component says that it is not healthy
      ComponentFailed          the component's own code raised
      ReplyError               what the component returned cannot be sent
        UnknownReturnType      ... because no payload kind fits its type
      BadMetric                a metric of the component is not a metric
      BadMetadata              the component's model metadata is not metadata
      RequestRefused           the request may not be answered at all (foreign origin or host)
      RouteUnknown             no such path or RPC
      ServerUnreachable        nobody answers at that address
      VerbNotAllowed           the path exists, but not for this HTTP verb
      SetupError               nothing can be served yet
        TargetNotFound         the target names nothing
        TargetInvalid          the target names something that cannot be served
        LoadFailed             the component's own code raised while it was constructed or loaded
        BadParameter           a parameter cannot be read
        BadSetting             a setting cannot be read
        PortInUse              somebody else listens there
        UsageProblem           a command was not understood
        MissingExtra           an optional dependency is not installed
        WireConflict           another package registered a different ``seldon.protos``
        StorageUnknown         a model lies where it cannot be fetched from
        StorageMissing         a model does not lie where it is said to
      SessionStateError        a command came in the wrong order

Each has a text, a ``reason`` (Seldon's wire reason) and a ``hint`` (what to do, one line).
HTTP and gRPC codes are not known here: one table at each edge maps these classes.
"""

from collections.abc import Sequence

__all__ = [
    "BadMetadata",
    "BadMetric",
    "BadParameter",
    "BadSetting",
    "ComponentFailed",
    "HookMissing",
    "LoadFailed",
    "MissingExtra",
    "PayloadError",
    "PayloadTooLarge",
    "PortInUse",
    "ReplyError",
    "RequestRefused",
    "RouteUnknown",
    "SeldonMicroserviceException",
    "SeldonNotImplementedError",
    "ServerUnreachable",
    "SessionStateError",
    "SetupError",
    "StorageMissing",
    "StorageUnknown",
    "TargetInvalid",
    "TargetNotFound",
    "Unhealthy",
    "UnknownReturnType",
    "UsageProblem",
    "VerbNotAllowed",
    "WireConflict",
    "WorkbenchError",
]


class WorkbenchError(Exception):
    """A failure with a text, Seldon's wire reason and a hint."""

    reason = "MICROSERVICE_INTERNAL_ERROR"
    """Seldon's word for this failure, sent in the status of the reply."""

    hint = ""
    """What to do about it, in one line. Empty where the text says it all."""

    def __init__(self, text: str, *, hint: str = "") -> None:
        super().__init__(text or type(self).__name__)
        if hint:
            self.hint = hint

    @property
    def text(self) -> str:
        """What went wrong, in one sentence; never empty."""
        return str(self)


class PayloadError(WorkbenchError):
    """The request cannot be understood; the component was not called."""

    reason = "MICROSERVICE_BAD_DATA"


class PayloadTooLarge(PayloadError):
    """The request's body is larger than the limit that was set."""


class HookMissing(WorkbenchError):
    """The component does not implement the method that was called."""

    reason = "MICROSERVICE_BAD_DATA"


class Unhealthy(WorkbenchError):
    """The component's ``health_status`` returned False."""

    reason = "MICROSERVICE_UNHEALTHY"


class ComponentFailed(WorkbenchError):
    """The component's own code raised; ``original`` is what it raised."""

    def __init__(self, original: BaseException) -> None:
        super().__init__(describe(original))
        self.original = original
        self.status_code: int | None = None
        """The HTTP status the component asked for, where its exception carries one."""
        if is_seldon_exception(original):
            self.reason = str(getattr(original, "reason", PayloadError.reason))
            self.status_code = getattr(original, "status_code", None)


class ReplyError(WorkbenchError):
    """What the component returned cannot be sent."""


class UnknownReturnType(ReplyError):
    """What the component returned is of no type that a payload kind stands for."""

    reason = "MICROSERVICE_BAD_DATA"


class BadMetric(WorkbenchError):
    """A metric of the component is not a metric; nothing of this request was counted."""

    reason = "MICROSERVICE_BAD_METRIC"


class BadMetadata(WorkbenchError):
    """The component's model metadata does not follow Seldon's schema."""

    reason = "MICROSERVICE_BAD_METADATA"


class RequestRefused(WorkbenchError):
    """The request comes from a page, or names a host, that this server does not answer."""

    reason = "MICROSERVICE_BAD_DATA"


class RouteUnknown(WorkbenchError):
    """Nothing is served at this path."""

    reason = "MICROSERVICE_BAD_DATA"


class ServerUnreachable(WorkbenchError):
    """Nobody answers at that address."""


class VerbNotAllowed(WorkbenchError):
    """The path is served, but not for this HTTP verb."""

    reason = "MICROSERVICE_BAD_DATA"


class SetupError(WorkbenchError):
    """Nothing can be served yet."""


class TargetNotFound(SetupError):
    """The target names nothing that exists."""


class TargetInvalid(SetupError):
    """The target names something that cannot be served."""


class LoadFailed(SetupError):
    """The component's own code raised while it was imported, constructed or loaded."""

    def __init__(self, stage: str, original: BaseException) -> None:
        super().__init__(f"{stage} failed: {type(original).__name__}: {describe(original)}")
        self.stage = stage
        self.original = original


class BadParameter(SetupError):
    """A parameter of the component cannot be read."""

    reason = "MICROSERVICE_BAD_PARAMETER"


class BadSetting(SetupError):
    """A flag or an environment variable cannot be read."""


class PortInUse(SetupError):
    """Somebody else listens on the port that was asked for."""

    def __init__(self, port: int, free: int) -> None:
        super().__init__(f"port {port} is in use", hint=f"use port {free}, which is free, or 0 for any")
        self.port = port
        self.free = free


class MissingExtra(SetupError):
    """An optional dependency is not installed."""

    def __init__(self, extra: str, module: str) -> None:
        super().__init__(f"{module} is not installed", hint=f"pip install 'seldon-workbench[{extra}]'")


class UsageProblem(SetupError):
    """A command was not understood."""


class WireConflict(SetupError):
    """Another package has registered a different ``seldon.protos`` in this process."""


class StorageUnknown(SetupError):
    """A model lies where it cannot be fetched from."""


class StorageMissing(SetupError, RuntimeError):
    """A model does not lie where it is said to. A RuntimeError too, which is what Seldon's users catch."""


class SessionStateError(WorkbenchError):
    """A command came in the wrong order; the hint names the command that mends it."""


class SeldonMicroserviceException(Exception):
    """What a component raises to choose the status of its error reply.

    ``message`` becomes the status' info, ``status_code`` the HTTP status (400 if not given)
    and ``reason`` its reason.
    """

    status_code = 400

    def __init__(
        self,
        message: object,
        status_code: int | None = None,
        payload: object = None,
        reason: str = "MICROSERVICE_BAD_DATA",
    ) -> None:
        super().__init__(message)
        self.message = message
        if status_code is not None:
            self.status_code = status_code
        self.payload = payload
        self.reason = reason

    def to_dict(self) -> dict[str, object]:
        """The body of the error reply."""
        return {"status": {"status": 1, "info": self.message, "code": -1, "reason": self.reason}}


class SeldonNotImplementedError(SeldonMicroserviceException):
    """What the stubs of ``SeldonComponent`` raise: this method was not overridden."""


def is_seldon_exception(exception: BaseException) -> bool:
    """Whether this is a ``SeldonMicroserviceException``, ours or that of a real ``seldon_core``."""
    return _is_named(exception, "SeldonMicroserviceException")


def is_not_implemented(exception: BaseException) -> bool:
    """Whether this is a ``SeldonNotImplementedError``, ours or that of a real ``seldon_core``."""
    return _is_named(exception, "SeldonNotImplementedError")


def _is_named(exception: BaseException, name: str) -> bool:
    return any(base.__name__ == name for base in type(exception).__mro__)


def describe(exception: BaseException) -> str:
    """The text of an exception, or its type where the text is empty (a bare ``assert``)."""
    text = _said(getattr(exception, "message", "")) if is_seldon_exception(exception) else ""
    return text or _said(exception) or type(exception).__name__


def _said(thing: object) -> str:
    try:
        return str(thing)
    except Exception:  # noqa: BLE001 - the user's __str__ may do anything
        return ""


def one_of(names: Sequence[str]) -> str:
    """``a, b or c``."""
    head, last = ", ".join(names[:-1]), names[-1]
    return f"{head} or {last}" if head else last
