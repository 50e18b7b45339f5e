"""KServe's model server with an identity model under its v1 protocol; the argument is the HTTP port."""

import sys
from typing import Any

from kserve import Model, ModelServer


class Identity(Model):  # type: ignore[misc]
    """Ready from the start; gives the protocol's own lists back."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.ready = True

    async def predict(self, payload: dict[str, Any], *arguments: Any, **named: Any) -> dict[str, Any]:
        """`{"instances": ...}` to `{"predictions": ...}`."""
        return {"predictions": payload["instances"]}


if __name__ == "__main__":
    ModelServer(http_port=int(sys.argv[1]), workers=1, enable_grpc=False).start([Identity("identity")])
