"""The bytes of a picture in, the same bytes inverted out; its brightness as a tag."""

import numpy as np
from seldon_core.user_model import SeldonResponse


class Brightness:
    def predict(self, X, features_names=None):
        pixels = np.frombuffer(X, dtype=np.uint8)
        return SeldonResponse((255 - pixels).tobytes(), tags={"brightness": float(pixels.mean())})
