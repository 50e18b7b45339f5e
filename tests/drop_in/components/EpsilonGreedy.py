"""A router that mostly takes the best branch so far, and learns from rewards."""

import random

from seldon_core.metrics import create_gauge
from seldon_core.user_model import SeldonComponent


class EpsilonGreedy(SeldonComponent):
    def __init__(self, n_branches=None, epsilon=0.1, seed=None, **kwargs):
        if n_branches is None:
            raise ValueError("n_branches parameter must be given")
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.random = random.Random(seed)
        self.tries = [0] * n_branches
        self.wins = [0.0] * n_branches

    def values(self):
        return [wins / tries if tries else 0.0 for wins, tries in zip(self.wins, self.tries)]

    def route(self, features, feature_names):
        if self.random.random() < self.epsilon:
            return self.random.randrange(len(self.tries))
        values = self.values()
        return values.index(max(values))

    def send_feedback(self, features, feature_names, reward, truth, routing=None):
        rows = max(1, len(features))
        self.tries[routing] += rows
        self.wins[routing] += rows * reward

    def metrics(self):
        return [create_gauge(f"branch_{branch}_value", value) for branch, value in enumerate(self.values())]

    def tags(self):
        return {"tries": list(self.tries)}
