"""Turns probabilities into per cent, under names of its own."""

from seldon_core.user_model import SeldonComponent


class PercentOutput(SeldonComponent):
    def transform_output(self, X, names, meta=None):
        return X * 100

    def class_names(self):
        return ("no", "yes")
