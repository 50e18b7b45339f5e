"""Rules at their edges: what is found beyond their own examples, and what is not."""

from pathlib import Path

import pytest
from doctoring import codes, examined, place

IMPORTS = (
    "import joblib, json, sqlite3, threading, time\nimport flask\nimport numpy as np\nimport pandas as pd\n"
)
IMPORTS += "import torch\nfrom seldon_core.user_model import SeldonComponent, SeldonResponse\n"


def component(*methods: str) -> str:
    body = "\n".join(f"    {line}" for method in methods for line in method.splitlines())
    filler = "    def aggregate(self, Xs, names):\n        return Xs[0]"
    return f"{IMPORTS}\nclass MyModel:\n{filler}\n{body}"


FOUND = {
    "a helper of the constructor loads the model": (
        "D101",
        "def __init__(self):\n    self._prepare()\ndef _prepare(self):\n    self.m = torch.load('/m')",
    ),
    "a model is fitted in the constructor": ("D101", "def __init__(self):\n    self.m = Model().fit(a, b)"),
    "weights go to the GPU in the constructor": (
        "D105",
        "def __init__(self):\n    self.m = net.to('cuda:0')",
    ),
    "a class body connects": ("D105", "db = sqlite3.connect('x')"),
    "a parameter that only a name gives": ("D108", "def __init__(self, *, path):\n    self.path = path"),
    "keyword-only without default": ("D201", "def predict(self, X, names, *, other):\n    return X"),
    "too many positional": ("D201", "def predict(self, X, names, other):\n    return X"),
    "aggregate insists on meta": ("D201", "def aggregate(self, Xs, names, meta):\n    return Xs"),
    "health_status with an argument": ("D203", "def health_status(self, X):\n    return 'ok'"),
    "routing before reward": ("D204", "def send_feedback(self, X, n, routing, reward, truth):\n    pass"),
    "an async raw hook": ("D206", "async def predict_raw(self, request):\n    return request"),
    "no parameter at all": ("D207", "def predict():\n    return [1]"),
    "class_names is a lambda on self": ("D208", "def __init__(self):\n    self.class_names = lambda: ['a']"),
    "metrics is a property": ("D209", "@property\ndef metrics(self):\n    return []"),
    "tags set on self": ("D209", "def __init__(self):\n    self.tags = {'a': 1}"),
    "camel case": ("D211", "def transformInput(self, X, names):\n    return X"),
    "a hook of another product": ("D211", "def healthcheck(self):\n    return 'ok'"),
    "a list that grows and is reported": (
        "D301",
        "def __init__(self):\n    self.seen = []\ndef predict(self, X, names):\n"
        "    self.seen.append(1)\n    return X\n"
        "def metrics(self):\n    return [{'type': 'GAUGE', 'key': 'n', 'value': len(self.seen)}]",
    ),
    "written in a helper, read in a helper": (
        "D301",
        "def predict(self, X, names):\n    self._note(X)\n    return X\ndef _note(self, X):\n"
        "    self.n = len(X)\n"
        "def tags(self):\n    return self._tags()\ndef _tags(self):\n    return {'n': self.n}",
    ),
    "an element is set": ("D303", "def predict(self, X, names):\n    X[0] = 1\n    return X"),
    "asarray is no copy": (
        "D303",
        "def predict(self, X, names):\n    X = np.asarray(X)\n    X += 1\n    return X",
    ),
    "out= names the payload": ("D303", "def predict(self, X, names):\n    return np.add(X, 1, out=X)"),
    "deep in meta": (
        "D304",
        "def predict(self, X, names, meta):\n    meta.setdefault('tags', {})['a'] = 1\n    return X",
    ),
    "a DataFrame": ("D401", "def predict(self, X, names):\n    frame = pd.DataFrame(X)\n    return frame"),
    "a generator": ("D401", "def predict(self, X, names):\n    for row in X:\n        yield row"),
    "a number within a SeldonResponse": (
        "D401",
        "def predict(self, X, names):\n    return SeldonResponse(0.5)",
    ),
    "argmax over everything": ("D401", "def predict(self, X, names):\n    return X.argmax()"),
    "one arm returns a tuple": (
        "D401",
        "def predict(self, X, names):\n    return X if names else (X, 1)",
    ),
    "one branch forgets": ("D402", "def predict(self, X, names):\n    if names:\n        return X"),
    "a route of two": ("D403", "def route(self, X, names):\n    return [0, 1]"),
    "an array in a dict": ("D405", "def predict(self, X, names):\n    return {'y': np.array([1])}"),
    "nested in a list in a dict": ("D405", "def predict(self, X, names):\n    return {'y': [{'z': b'x'}]}"),
    "list(array)": ("D406", "def predict(self, X, names):\n    return list(np.array(X))"),
    "a metric without a value": ("D502", "def metrics(self):\n    return [{'type': 'GAUGE', 'key': 'k'}]"),
    "a metric of a SeldonResponse": (
        "D502",
        "def predict(self, X, names):\n    m = {'type': 'TIME', 'key': 'k', 'value': 1}\n"
        "    return SeldonResponse(X, metrics=[m])",
    ),
    "a label with a dash": (
        "D504",
        "def metrics(self):\n    return [{'type': 'GAUGE', 'key': 'k', 'value': 1, 'tags': {'a-b': 'c'}}]",
    ),
    "tags of one call": ("D508", "def predict(self, X, names):\n    return SeldonResponse(X, tags={1: 'a'})"),
    "bare except": (
        "D701",
        "def predict(self, X, names):\n    try:\n        return X\n    except:\n        return [0]",
    ),
    "logged and forgotten": (
        "D701",
        "def predict(self, X, names):\n    try:\n        X = X + 1\n    except Exception as e:\n"
        "        logger.error(e)\n    return X",
    ),
    "in a method that predict calls": (
        "D702",
        "def predict(self, X, names):\n    return self._p(X)\ndef _p(self, X):\n"
        "    raise SeldonNotImplementedError('x')",
    ),
    "a handler for everything": (
        "D708",
        "model_error_handler = flask.Blueprint('e', 'e')\n@model_error_handler.app_errorhandler(Exception)\n"
        "def handle(error):\n    return error.code",
    ),
    "health that is a comparison": (
        "D803",
        "def health_status(self):\n    return self.aggregate is not None",
    ),
    "health that ends": ("D803", "def health_status(self):\n    self.aggregate"),
    "C: is one machine's": ("D904", "def load(self):\n    self.m = joblib.load('C:\\\\models\\\\m')"),
    "a name misspelt": ("D905", "def predict(self, X, names):\n    return np.asarray(X) + lenn(X)"),
    "a comprehension over nothing": ("D905", "def predict(self, X, names):\n    return [x for x in rowss]"),
    "within a lambda": (
        "D905",
        "def predict(self, X, names):\n    return list(map(lambda x: x + off, X))",
    ),
    "a default argument": ("D905", "def predict(self, X, names=NAMES):\n    return X"),
    "an attribute misspelt": ("D115", "def predict(self, X, names):\n    return self.modle"),
}


@pytest.mark.parametrize(("code", "methods"), FOUND.values(), ids=FOUND)
def test_it_is_found(code: str, methods: str, tmp_path: Path) -> None:
    assert code in codes(component(methods), tmp_path)


NOT_FOUND = {
    "loading at the first request": (
        "D101",
        "def __init__(self):\n    self.m = None\ndef predict(self, X, names):\n    self.load()\n"
        "    return X\n"
        "def load(self):\n    self.m = joblib.load('/m')",
    ),
    "pandas reads nothing": ("D101", "def __init__(self):\n    self.names = pd.Index(['a'])"),
    "json.load is no model": ("D101", "def __init__(self):\n    self.c = json.loads('{}')"),
    "a required parameter that is text": ("D109", "def __init__(self, path: str):\n    self.path = path"),
    "a default nobody gives": ("D109", "def __init__(self, names: list = None):\n    self.names = names"),
    "a default behind a positional-only one": (
        "D108",
        "def __init__(self, /, path='m'):\n    self.path = path",
    ),
    "meta by any keyword": ("D201", "def predict(self, X, names, **kwargs):\n    return X"),
    "stars": ("D201", "def predict(self, *args, **kwargs):\n    return args[0]"),
    "a decorator of somebody's": ("D201", "@validated\ndef predict(self, frame):\n    return frame"),
    "an optional argument of tags": ("D203", "def tags(self, extra=None):\n    return {}"),
    "a private helper": ("D211", "def _predictt(self, X):\n    return X"),
    "a helper that is called": (
        "D211",
        "def predict_one(self, X):\n    return X\ndef health(self):\n    return 1\n"
        "def tags(self):\n    return {'h': self.health()}",
    ),
    "metadata beside init_metadata": (
        "D212",
        "def metadata(self):\n    return {}\ndef init_metadata(self):\n    return self.metadata()",
    ),
    "set while loading lazily": (
        "D301",
        "def load(self):\n    self.version = 1\ndef predict(self, X, names):\n    self.load()\n    return X\n"
        "def tags(self):\n    return {'v': self.version}",
    ),
    "a copy that is changed": (
        "D303",
        "def predict(self, X, names):\n    X = X.copy()\n    X[0] = 1\n    return X",
    ),
    "another array that is changed": (
        "D303",
        "def predict(self, X, names):\n    Y = X + 1\n    Y *= 2\n    return Y",
    ),
    "meta that is copied first": (
        "D304",
        "def predict(self, X, names, meta):\n    meta = dict(meta or {})\n    meta['a'] = 1\n    return X",
    ),
    "a variable of two kinds": (
        "D401",
        "def predict(self, X, names):\n    y = 0\n    for x in X:\n        y = y + x\n    return y",
    ),
    "argmax along an axis": ("D401", "def predict(self, X, names):\n    return X.argmax(axis=1)"),
    "a tuple of a helper's": (
        "D401",
        "def predict(self, X, names):\n    return self._p(X)[0]\ndef _p(self, X):\n    return X, 1",
    ),
    "a function within": (
        "D401",
        "def predict(self, X, names):\n    def score(row):\n        return 1, 2\n"
        "    return [list(score(r)) for r in X]",
    ),
    "feedback returns nothing": ("D402", "def send_feedback(self, X, n, reward, truth, routing):\n    pass"),
    "np.random.randint is an int": ("D404", "def route(self, X, names):\n    return np.random.randint(2)"),
    "converted": (
        "D405",
        "def predict(self, X, names):\n    return {'y': np.array(X).tolist(), 'n': int(np.argmax(X))}",
    ),
    "np.float64 passes": ("D405", "def predict(self, X, names):\n    return {'y': np.float64(1)}"),
    "metrics made elsewhere": (
        "D501",
        "def metrics(self):\n    return self.build()\ndef build(self):\n    return []",
    ),
    "a dict that is no metric": (
        "D502",
        "def metrics(self):\n    x = {'type': 'a'}\n    return [] if x else []",
    ),
    "a value that is computed": (
        "D502",
        "def metrics(self):\n    return [{'type': 'GAUGE', 'key': 'k', 'value': self.size()}]\n"
        "def size(self):\n    return 1",
    ),
    "milliseconds": (
        "D507",
        "def predict(self, X, names):\n    s = time.time()\n"
        "    m = {'type': 'TIMER', 'key': 't', 'value': 1000 * (time.time() - s)}\n"
        "    return SeldonResponse(X, metrics=[m])",
    ),
    "raised again": (
        "D701",
        "def predict(self, X, names):\n    try:\n        return X\n    except Exception as e:\n"
        "        raise RuntimeError('x') from e",
    ),
    "answered otherwise": (
        "D701",
        "def predict(self, X, names):\n    try:\n        return X\n    except Exception:\n"
        "        return [[0]]",
    ),
    "a handler's error is no self": (
        "D115",
        "model_error_handler = flask.Blueprint('e', 'e')\n@model_error_handler.app_errorhandler(UserError)\n"
        "def handle(error):\n    return error.code",
    ),
    "a model of the hub": ("D903", "def load(self):\n    self.m = AutoModel.from_pretrained('org/name')"),
    "a mounted volume": ("D904", "def load(self):\n    self.m = joblib.load('/mnt/models/m.joblib')"),
    "a function called top": (
        "D905",
        "def top(self, X):\n    return X\ndef tags(self):\n    return self.top({})",
    ),
    "names of comprehensions and handlers": (
        "D905",
        "def predict(self, X, names):\n    try:\n"
        "        return [row for row in X if (y := row) is not None and y]\n"
        "    except ValueError as e:\n        return [str(e), __file__]",
    ),
}


@pytest.mark.parametrize(("code", "methods"), NOT_FOUND.values(), ids=NOT_FOUND)
def test_it_is_not_found(code: str, methods: str, tmp_path: Path) -> None:
    assert code not in codes(component(methods), tmp_path)


@pytest.mark.parametrize("line", ["from math import *", "exec('missing = 1')", "globals()['missing'] = 1"])
def test_a_text_that_defines_names_by_itself_may_have_any(line: str, tmp_path: Path) -> None:
    source = f"{line}\n\nclass MyModel:\n    def predict(self, X, names):\n        return missing(X)"
    assert codes(source, tmp_path) == []


def test_an_open_base_says_nothing_of_what_is_absent(tmp_path: Path) -> None:
    found = codes("from somewhere import Base\n\nclass MyModel(Base):\n    x = 1", tmp_path)
    assert found == []


def test_a_finding_about_a_path_that_can_end_is_a_warning(tmp_path: Path) -> None:
    snippet = "def predict(self, X, names):\n    if names:\n        return X"
    (finding,) = examined(place(tmp_path, snippet)).findings
    assert (finding.rule.severity.value, finding.severity.value) == ("error", "warning")


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        (".s2i/environment", "MODEL_NAME=missing.Class\nSERVICE_TYPE=MODEL\nPERSISTENCE=0\n", "D911"),
        (".s2i/environment", "MODEL_NAME=model.Other\nSERVICE_TYPE=MODEL\nPERSISTENCE=0\n", "D911"),
        ("Dockerfile", "FROM python\nENV MODEL_NAME missing.Class\n", "D911"),
        ("Dockerfile", "FROM python\nENV SERVICE_TYPE=OUTPUT_TRANSFORMER\n", "D913"),
        ("Dockerfile", "ENV MODEL_METADATA=''\n", "D914"),
        ("Dockerfile", "ENV GRPC_WORKERS two\n", "D914"),
        ("requirements.txt", "seldon-core\nFlask==3.0.0\n", "D915"),
        ("requirements.txt", "seldon_core\nPyYAML==6.0.2\n", "D915"),
        ("requirements.txt", "# seldon-core\nscikit-learn\n", "D916"),
        ("contract.json", "[]", "D917"),
        ("contract.json", '{"features": [{"name": "a", "ftype": "categorical"}], "targets": []}', "D917"),
        ("contract.json", '{"features": [], "targets": [{"name": "a", "ftype": "continuous"}]}', "D917"),
    ],
)
def test_a_file_beside_the_component_is_read(file: str, text: str, code: str, tmp_path: Path) -> None:
    assert codes(text, tmp_path, file) == [code]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("Dockerfile", "FROM python\nENV MODEL_NAME $NAME\nENV SERVICE_TYPE ${TYPE}\nENV GRPC_WORKERS=$N\n"),
        ("Dockerfile", "ENV MODEL_METADATA={name: iris}\n"),
        ("requirements.txt", "-r base.txt\nscikit-learn==1.5\n"),
        ("requirements.txt", "seldon-core==1.18.2\nnumpy>=1.26\nprotobuf==3.20.3 # pinned\nclick==8.0.4\n"),
        (
            "contract.json",
            '{"features": [{"name": "a", "ftype": "continuous", "dtype": "INT", "range": [0, '
            '"inf"]}], "targets": []}',
        ),
    ],
)
def test_a_file_without_fault_is_left_alone(file: str, text: str, tmp_path: Path) -> None:
    assert codes(text, tmp_path, file) == []


def test_a_requirement_is_not_asked_for_where_seldons_builder_is_used(tmp_path: Path) -> None:
    place(tmp_path, "MODEL_NAME=model.MyModel\nSERVICE_TYPE=MODEL\nPERSISTENCE=0\n", ".s2i/environment")
    assert codes("scikit-learn\n", tmp_path, "requirements.txt") == []
