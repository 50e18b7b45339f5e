"""The same flowers, answered with their names: strings travel as ndarray."""

import numpy as np
from seldon_core.user_model import SeldonComponent


class IrisLabels(SeldonComponent):
    LABELS = np.array(["setosa", "versicolor", "virginica"])

    def predict(self, X, names, meta=None):
        petal_length = np.asarray(X)[:, 2]
        return self.LABELS[np.digitize(petal_length, [2.5, 4.9])].reshape(-1, 1)
