"""Themes of a trial: what only shows when a component runs."""

from seldon_workbench.doctor.findings import Rule, Severity, Where, rules_of


def _rule(code: str, name: str, severity: Severity, where: Where, title: str, why: str, fix: str) -> Rule:
    return Rule(code, name, severity, where, title, why, fix, example=None, check=None)


_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
_BOTH, _SELDON = Where.BOTH, Where.SELDON

rules_of(
    trial=(
        _rule(
            *("R101", "start-fails", _ERROR, _BOTH, "it does not import, construct or load"),
            "Nothing is served. (An AttributeError out of load() is worse with seldon-core: it is "
            "swallowed.)",
            "the message is the component's own; --param NAME=VALUE gives parameters",
        ),
        _rule(
            *("R102", "slow-constructor", _WARNING, _BOTH, "importing and constructing takes long"),
            "It runs before the fork, once, while nothing listens.",
            "move what takes long into load(self)",
        ),
        _rule(
            *("R103", "slow-load", _WARNING, _BOTH, "load() takes long"),
            "An HTTP probe is not answered before load() has ended: with the operator's timings (60 s, "
            "then three failures 5 s apart) the container is restarted after 70 s, again and again. The "
            "default probe, by TCP, is content meanwhile, and requests wait.",
            "raise initialDelaySeconds of the livenessProbe in the deployment, or add a startupProbe",
        ),
        _rule(
            *("R104", "trial-hangs", _ERROR, _BOTH, "it does not come to an end"),
            "With one worker and one thread, the default, nobody is answered while a hook hangs.",
            "--timeout SECONDS gives the trial more time; look for locks, input() and network calls "
            "without timeout",
        ),
        _rule(
            *("R105", "trial-dies", _ERROR, _BOTH, "the process dies"),
            "A crash in native code, or os._exit: no error is reported to any client.",
            "run the component by hand, with python -X faulthandler",
        ),
        _rule(
            *("R106", "not-tried", _NOTE, _BOTH, "a hook was not tried"),
            "init_metadata describes an input of more numbers than an example is made of.",
            "give one: --data @request.json",
        ),
        _rule(
            *("R201", "hook-fails", _WARNING, _BOTH, "a hook fails on an example"),
            "The example follows from init_metadata, or from the model's own n_features_in_; else it is "
            "[[1.0, 2.0, 3.0, 4.0]]. A failure may be the example's fault.",
            "describe the inputs in init_metadata, or give an example: --data JSON",
        ),
        _rule(
            *("R202", "unsendable-return", _ERROR, _BOTH, "what a hook returns cannot be sent"),
            "Every such request is an error.",
            "return an array, list, dict, str or bytes",
        ),
        _rule(
            *("R203", "wires-differ", _WARNING, _BOTH, "REST and gRPC are answered differently"),
            "A client that changes the wire gets another answer: other types within the reply, other "
            "text, or an error on one of the two.",
            "convert on the way in: X = np.asarray(X, dtype=float)",
        ),
        _rule(
            *("R204", "integers-become-floats", _NOTE, _BOTH, "integers arrive as floats over gRPC"),
            "protobuf carries every number of a reply as a double: 1 over REST is 1.0 over gRPC.",
            "nothing, if clients know; text where a number is a label or an id",
        ),
        _rule(
            *("R205", "input-was-changed", _WARNING, _SELDON, "a hook changes its input"),
            "A tensor over gRPC is read-only in seldon-core: the hook fails there.",
            "work on a copy: X = np.array(X)",
        ),
        _rule(
            *("R206", "meta-was-changed", _WARNING, _SELDON, "a hook changes the meta it is given"),
            "seldon-core sends parts of it back.",
            "return SeldonResponse(data, tags=...)",
        ),
        _rule(
            *("R207", "not-a-number", _WARNING, _BOTH, "the reply holds NaN or infinity"),
            "seldon-core writes them as they are, which is no JSON: the orchestrator refuses the whole "
            'reply. The workbench writes "NaN".',
            "np.nan_to_num(y), or None where something is missing",
        ),
        _rule(
            *("R208", "float32", _NOTE, _BOTH, "float32 is returned"),
            "JSON shows the number that is really there: 0.1 arrives as 0.10000000149011612.",
            "y.astype(float)",
        ),
        _rule(
            *("R209", "truth-values", _NOTE, _BOTH, "an array of truth values is returned"),
            "bool is no number to Seldon: a tensor is answered with an ndarray.",
            "y.astype(int)",
        ),
        _rule(
            *(
                "R210",
                "numpy-in-list",
                _WARNING,
                _SELDON,
                "numpy values are returned where Python's are needed",
            ),
            "In a list or dict seldon-core answers 500, Object of type int64 is not JSON serializable; "
            "for a route 400.",
            "np.array(values), values.tolist(), int(route)",
        ),
        _rule(
            *("R301", "refused-tags", _ERROR, _BOTH, "tags() cannot be sent"),
            "Every request is an error.",
            "return a dict of text to text, numbers, lists or dicts",
        ),
        _rule(
            *("R302", "refused-metrics", _ERROR, _BOTH, "metrics() are no metrics"),
            "Every request is an error, or with seldon-core every scrape.",
            'return [{"type": "COUNTER", "key": "calls", "value": 1}]',
        ),
        _rule(
            *("R303", "names-do-not-fit", _WARNING, _BOTH, "class_names does not fit the reply"),
            "Seldon sends the names as they are: clients that pair them with columns lose some.",
            "one name per column of what predict returns",
        ),
        _rule(
            *("R304", "slow-health", _WARNING, _BOTH, "health_status takes longer than a probe waits"),
            "timeoutSeconds is 1 by default: the container is restarted although it is well.",
            "probe liveness at /health/ping; do less in health_status",
        ),
        _rule(
            *("R305", "health-refused", _ERROR, _SELDON, "health_status gives no answer"),
            "seldon-core answers 400 to None, True and numbers: the probe fails.",
            "return 'ok'",
        ),
        _rule(
            *("R306", "refused-metadata", _ERROR, _BOTH, "init_metadata() gives no metadata"),
            "/metadata answers 500; where it raises, seldon-core does not start.",
            "the message says which key; MODEL_METADATA can replace keys",
        ),
    )
)
