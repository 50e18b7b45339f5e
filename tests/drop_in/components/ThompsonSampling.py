"""A router that draws from what it believes of each branch."""

import numpy as np


class ThompsonSampling(object):
    def __init__(self, n_branches, seed=1):
        self.rng = np.random.default_rng(int(seed))
        self.alpha = np.ones(int(n_branches))
        self.beta = np.ones(int(n_branches))

    def route(self, features, feature_names=None):
        return int(np.argmax(self.rng.beta(self.alpha, self.beta)))

    def send_feedback(self, features, feature_names, reward, truth, routing=None):
        self.alpha[routing] += 50 * reward
        self.beta[routing] += 50 * (1 - reward)
