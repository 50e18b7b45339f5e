"""The model every server of the benchmark serves: it returns what it is given."""

from typing import Any


class Identity:
    """Seldon's identity model."""

    def predict(self, X: Any, names: Any = None, meta: Any = None) -> Any:
        """The array as it came, any shape and dtype."""
        return X
