"""Components that differ in which hooks they have and how the hooks are spelled."""

import copy
from typing import Any

from seldon_core.user_model import SeldonComponent


def told(names: Any, meta: Any = None) -> dict[str, Any]:
    """The arguments a hook was given, as plain values."""
    return {
        "names": [] if names is None else [str(name) for name in names],
        "meta": copy.deepcopy(meta) or {},
    }


class Signatures:
    """Another signature on every verb."""

    def predict(self, X: Any, names: Any) -> Any:
        return told(names)

    def transform_input(self, X: Any, names: Any, **kwargs: Any) -> Any:
        return {**told(names, kwargs["meta"]), "keywords": sorted(kwargs)}

    def transform_output(self, X: Any, names: Any, *, meta: Any) -> Any:
        return told(names, meta)

    def route(self, X: Any, features_names: Any = None) -> Any:
        return len(features_names or [])

    def aggregate(self, Xs: Any, names: Any, meta: Any = None) -> Any:
        return {"names": [told(each)["names"] for each in names], "meta": meta}

    def send_feedback(self, features: Any, names: Any, reward: Any, truth: Any, routing: Any) -> Any:
        return {**told(names), "reward": reward, "routing": routing}


class Positional:
    """Positional meta, star arguments, and a second argument called meta."""

    def predict(self, X: Any, names: Any, meta: Any) -> Any:
        return told(names, meta)

    def transform_input(self, *args: Any, **kwargs: Any) -> Any:
        return {**told(args[1], kwargs["meta"]), "count": len(args)}

    def transform_output(self, X: Any, meta: Any) -> Any:
        return told(meta)

    def route(self, X: Any, names: Any, meta: Any = None, **rest: Any) -> Any:
        return len(rest)

    def aggregate(self, *args: Any) -> Any:
        return [len(args)]

    def send_feedback(self, *args: Any, **kwargs: Any) -> Any:
        return {"count": len(args), "routing": kwargs["routing"]}


class Callables:
    """Hooks that are not plain methods."""

    def __init__(self) -> None:
        self.transform_input = lambda X, names, meta=None: X
        self.aggregate = lambda Xs, names: Xs[-1]

    @staticmethod
    def predict(X: Any, names: Any, meta: Any = None) -> Any:
        return told(names, meta)

    @classmethod
    def transform_output(cls, X: Any, names: Any) -> Any:
        return cls.__name__

    @staticmethod
    def tags() -> Any:
        return {"static": True}


class Bare:
    """Only predict."""

    def predict(self, X: Any, features_names: Any = None) -> Any:
        return X


class Nothing:
    """No hook at all."""


class Based(SeldonComponent):
    """The base class with predict overridden."""

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        return X


class BasedBare(SeldonComponent):
    """The base class, nothing overridden."""


class Uncallable:
    """A hook that cannot be called."""

    predict = 5


class TypeErrorInside:
    """Fails with a TypeError of its own whenever meta is handed over."""

    def predict(self, X: Any, names: Any, meta: Any = "withheld") -> Any:
        if meta != "withheld":
            raise TypeError("a bug of the component")
        return [1]


class OnlyPayload:
    """A predict that wants nothing but the payload."""

    def predict(self, X: Any) -> Any:
        return X


class OldFeedback:
    """send_feedback as it was before it was told the routing."""

    def send_feedback(self, features: Any, names: Any, reward: Any, truth: Any) -> Any:
        return [reward]


class TagsWithPayload:
    """tags as an old page of the documentation printed it."""

    def predict(self, X: Any, names: Any) -> Any:
        return X

    def tags(self, X: Any) -> Any:
        return {"system": "production"}


class AsyncPredict:
    """A coroutine function as predict."""

    async def predict(self, X: Any, names: Any) -> Any:
        return X


class MetaHandling:
    """Shows the raw kinds of its arguments, or writes into the meta it was given."""

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        return {"meta": type(meta).__name__, "names": type(names).__name__}

    def transform_input(self, X: Any, names: Any, meta: Any = None) -> Any:
        meta["tags"]["leak"] = 1
        return X
