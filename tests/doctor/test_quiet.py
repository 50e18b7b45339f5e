"""What is well written gets a clean bill, and each finding about the repository's own components is right."""

from pathlib import Path

import pytest
from doctoring import codes, examined

ROOT = Path(__file__).resolve().parents[2]

CLEAN = {
    "loaded late, scored in a method, reported by its hooks": """
import logging, os, time
from pathlib import Path
import numpy as np

logger = logging.getLogger(__name__)
LABELS = ["negative", "positive"]

def softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)

class Sentiment:
    def __init__(self, model_uri: str = "/mnt/models", threshold: float = 0.5, cased: bool = False):
        self.model_uri, self.threshold = model_uri, threshold
        self.model = None

    def load(self):
        import joblib
        self.model = joblib.load(Path(self.model_uri) / "model.joblib")

    def predict(self, X, names=None, meta=None):
        if self.model is None:
            self.load()
        started = time.perf_counter()
        X = np.array(X, dtype=float)
        X[X < 0] = 0
        scores = self._score(X)
        logger.info("took %s", time.perf_counter() - started)
        return scores

    def _score(self, X):
        try:
            return softmax(self.model.decision_function(X))
        except AttributeError:
            return self.model.predict_proba(X)

    def tags(self):
        return {"uri": self.model_uri, "labels": len(LABELS), "threshold": self.threshold}

    def class_names(self):
        return LABELS

    def metrics(self):
        return [{"type": "COUNTER", "key": "calls_total", "value": 1, "tags": {"model": "a"}}]

    def init_metadata(self):
        return {"name": "s", "versions": ["1"], "inputs": [{"messagetype": "ndarray", "schema": {}}]}
""",
    "a router that learns": """
import random
import numpy as np
from seldon_core.user_model import SeldonComponent

class Bandit(SeldonComponent):
    def __init__(self, branches=2, epsilon=0.1, **kwargs):
        super().__init__(**kwargs)
        self.branches, self.epsilon = int(branches), float(epsilon)
        self.tries = [0] * self.branches
        self.value = np.zeros(self.branches)

    def route(self, features, feature_names):
        if random.random() < self.epsilon:
            return random.randrange(self.branches)
        best = int(np.argmax(self.value))
        return best

    def send_feedback(self, features, feature_names, reward, truth, routing=None):
        if routing is None:
            return
        self.tries[routing] = self.tries[routing] + 1
""",
    "a transformer that answers with a SeldonResponse": """
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.user_model import SeldonResponse

class Clean:
    def transform_input(self, X, names, meta=None):
        if len(names) != 2:
            raise SeldonMicroserviceException("two columns, please", status_code=400)
        X = X.copy()
        X[:, 0] /= 10
        timer = {"type": "TIMER", "key": "took", "value": 1.5}
        return SeldonResponse(data=X, tags={"rows": int(X.shape[0])}, metrics=[timer])
""",
    "a raw hook for both wires": """
class Raw:
    def predict_raw(self, msg):
        if isinstance(msg, dict):
            return {"jsonData": {"n": len(msg.get("data", {}))}}
        return msg
""",
    "an abstract base, a dataclass, a decorator": """
import abc, dataclasses, functools
import numpy as np

def timed(f):
    @functools.wraps(f)
    def inner(self, *args, **kwargs):
        return f(self, *args, **kwargs)
    return inner

class Base(abc.ABC):
    @abc.abstractmethod
    def score(self, X): ...
    def predict(self, X, names, meta=None):
        return self.score(np.asarray(X))

class Scaled(Base):
    factor: float = 2.0
    @timed
    def score(self, X):
        return X * self.factor
""",
    "an estimator's own interface beside predict": """
import numpy as np

class Constant:
    def fit(self, X, y):
        self.mean_ = np.mean(y)
        return self
    def predict(self, X, names=None):
        return np.full(len(X), self.mean_)
    def predict_proba(self, X):
        return X
    def transform(self, X):
        return X
""",
    "every end of a hook returns": """
class Ends:
    def predict(self, X, names):
        for row in X:
            if row[0] > 1:
                return [[1]]
        else:
            return [[0]]
    def transform_input(self, X, names):
        while True:
            try:
                return X
            except ValueError:
                continue
    def transform_output(self, X, names):
        match len(names):
            case 0:
                return X
            case _:
                raise LookupError(names)
    def aggregate(self, Xs, names):
        with open(__file__) as file:
            return file.read()
""",
    "hooks that are static, class methods, lambdas, aliases": """
class Callables:
    predict = staticmethod(lambda X, names, meta=None: X)
    def __init__(self):
        self.aggregate = lambda Xs, names: Xs[-1]
    @classmethod
    def transform_output(cls, X, names):
        return cls.__name__
    @staticmethod
    def tags():
        return {"static": True}
    transform_input = transform_output
""",
    "attributes set where nobody sees it": """
class Dynamic:
    def __init__(self, **parameters):
        self.__dict__.update(parameters)
    def predict(self, X, names):
        return X * self.factor
""",
}


@pytest.mark.parametrize("source", CLEAN.values(), ids=CLEAN)
def test_a_component_without_fault_gets_a_clean_bill(source: str, tmp_path: Path) -> None:
    assert codes(source, tmp_path) == []


REPOSITORY = {
    "notebooks/iris.py:IrisClassifier": [],
    "tests/components.py:Identity": [],
    "tests/components.py:MeanCombiner": [],
    "tests/components.py:ModelWithMetrics": [],
    "tests/components.py:ModelWithTags": [],
    "tests/components.py:ModelWithTagsOfPayload": ["D203"],
    "tests/components.py:ModelWithRuntimeReport": ["D501"],
    "tests/components.py:ModelWithHealth": ["D801"],
    "tests/components.py:ModelWithMetadata": [],
    "tests/components.py:DeepMnist": ["D210"],
    "tests/components.py:ModelWithUserError": [],
    "tests/components.py:Scaled": [],
    "tests/components.py:Answer": ["D108", "D302", "D302", "D302"],
    "tests/components.py:MetaWriter": ["D304", "D304"],
    "tests/components.py:ThreadTeller": [],
    "tests/components.py:Nothing": ["D214"],
    "tests/components.py:BareComponent": ["D214"],
    "tests/components.py:PartComponent": [],
    "tests/components.py:DeferringComponent": [],
    "tests/components.py:Everything": [],
    "tests/parity/components/signatures.py:Signatures": ["D205"],
    "tests/parity/components/signatures.py:Positional": ["D202"],
    "tests/parity/components/signatures.py:Callables": [],
    "tests/parity/components/signatures.py:Bare": [],
    "tests/parity/components/signatures.py:Based": [],
    "tests/parity/components/signatures.py:Uncallable": ["D209"],
    "tests/parity/components/signatures.py:TypeErrorInside": ["D706"],
    "tests/parity/components/signatures.py:OnlyPayload": ["D201"],
    "tests/parity/components/signatures.py:OldFeedback": ["D204"],
    "tests/parity/components/raws.py:Deprecated": ["D603", "D603", "D604", "D604", "D603"],
    "tests/server/founding_page/MyModel.py:MyModel": ["D306"],
    "tests/server/founding_page/ModelWithTags.py:ModelWithTags": ["D203"],
    "tests/server/founding_page/ModelWithMetrics.py:ModelWithMetrics": ["D306"],
    "tests/server/founding_page/ModelWithHealthEndpoint.py:ModelWithHealthEndpoint": ["D801"],
    "tests/server/founding_page/ImageNetCombiner.py:ImageNetCombiner": [],
    "tests/server/founding_page/RuntimeModel.py:Corrected": ["D112", "D112", "D501"],
    "tests/server/founding_page/MetadataModel.py:ByTheText": ["D214", "D212"],
    "tests/server/founding_page/Signatures.py:Named": [],
    "tests/server/founding_page/Signatures.py:Transformer": [],
    "tests/server/founding_page/Signatures.py:Combiner": [],
    "tests/server/founding_page/Signatures.py:Router": [],
    "tests/server/founding_page/deep_mnist/DeepMnist.py:DeepMnist": [
        *("D210", "D306", "D118", "D903", "D903", "D118"),
    ],
}


@pytest.mark.parametrize("target", REPOSITORY)
def test_what_is_said_of_the_repositorys_components_is_right(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert [finding.rule.code for finding in examined(target).findings] == REPOSITORY[target]
