"""Identity model behind a hand-written FastAPI route, orjson both ways: run by `uvicorn fastapi_app:app`."""

from typing import Any

import numpy as np
import orjson
from fastapi import FastAPI, Request, Response
from numpy.typing import NDArray

app = FastAPI()


def predict(instances: NDArray[Any]) -> NDArray[Any]:
    """The model: an array in, the same array out, as Seldon's identity."""
    return instances


@app.post("/predict")  # type: ignore[untyped-decorator]
async def answer(request: Request) -> Response:
    """`{"instances": ...}` to `{"predictions": ...}`."""
    instances = np.array(orjson.loads(await request.body())["instances"])
    reply = orjson.dumps({"predictions": predict(instances)}, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(reply, media_type="application/json")
