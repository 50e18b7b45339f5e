"""The identity model MLServer loads, under its v2 protocol."""

from mlserver import MLModel
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput


class Identity(MLModel):  # type: ignore[misc]
    """Gives the protocol's own tensor back."""

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """The first input as the only output."""
        sent = payload.inputs[0]
        tensor = ResponseOutput(name="y", shape=sent.shape, datatype=sent.datatype, data=sent.data)
        return InferenceResponse(model_name=self.name, outputs=[tensor])
