"""Typed parameters of the constructor."""


class Parameters:
    def __init__(self, depth: int, rate: float, name: str, verbose: bool, exact: float):
        self.given = [depth, rate, name, verbose, exact]

    def predict(self, X, names):
        return {"values": self.given, "types": [type(each).__name__ for each in self.given]}
