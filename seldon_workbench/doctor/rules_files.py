"""Theme 9, surroundings: the files beside a component that its image is made from."""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from seldon_workbench.doctor.findings import Severity, Spot, Where, rule
from seldon_workbench.doctor.source import Text, top_level
from seldon_workbench.doctor.subject import Subject

_EMPTY = ast.Module(body=[], type_ignores=[])


def _beside(subject: Subject, name: str) -> Text | None:
    """A file in the component's folder, if there is one that can be read."""
    if subject.file is None:
        return None
    path = subject.file.parent / name
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    shown = subject.text.name.removesuffix(subject.file.name)
    return Text(f"{shown}{name}", source, _EMPTY, path)


Variable = tuple[Text, int, str, str]


def _variables(subject: Subject) -> Iterator[Variable]:
    """Each variable that ``.s2i/environment`` or a Dockerfile sets: where, its name, its value."""
    for name, line_form in ((".s2i/environment", _PLAIN_LINE), ("Dockerfile", _ENV_LINE)):
        text = _beside(subject, name)
        for number, line in enumerate(text.source.splitlines() if text else (), start=1):
            found = line_form.match(line)
            if text is not None and found is not None:
                yield text, number, found["name"], found["value"].strip().strip("\"'")


_PLAIN_LINE = re.compile(r"\s*(?:export\s+)?(?P<name>\w+)=(?P<value>.*)")
_ENV_LINE = re.compile(r"\s*ENV\s+(?P<name>\w+)(?:=|\s+)(?P<value>.*)", re.IGNORECASE)


def _spot(variable: Variable, message: str, severity: Severity | None = None) -> Spot:
    return Spot(variable[0], variable[1], 1, message, severity)


@rule(
    "D911",
    Severity.ERROR,
    title="MODEL_NAME names nothing",
    why="seldon-core imports module.Class, or class Name of Name.py: the start ends with a traceback.",
    fix="MODEL_NAME=file.Class, with the file's and the class' own names",
    bad="MODEL_NAME=MyModel\nSERVICE_TYPE=MODEL\nPERSISTENCE=0\n",
    good="MODEL_NAME=model.MyModel\nSERVICE_TYPE=MODEL\nPERSISTENCE=0\n",
    file=".s2i/environment",
)
def model_name_names_nothing(subject: Subject) -> Iterator[Spot]:
    """A MODEL_NAME for which there is no file beside the component, or no class in it."""
    for variable in _variables(subject):
        _, _, name, value = variable
        if name != "MODEL_NAME" or not re.fullmatch(r"[\w.]+", value) or subject.file is None:
            continue
        module, _, cls = value.rpartition(".")
        root = subject.file.parent
        path = root.joinpath(*(module or value).split(".")).with_suffix(".py")
        if not path.exists():
            yield _spot(variable, f"there is no {path.relative_to(root)} for MODEL_NAME={value}")
        elif (cls or value) not in _names_in(path):
            yield _spot(variable, f"{path.name} defines no {cls or value}")


def _names_in(path: Path) -> set[str]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return set()
    names = {getattr(node, "name", "") for node in top_level(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            names.add(node.asname or node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


@rule(
    "D912",
    Severity.ERROR,
    title=".s2i/environment is incomplete",
    why="Seldon's builder fails without MODEL_NAME, SERVICE_TYPE and PERSISTENCE, though its page shows "
    "the first two alone.",
    fix="MODEL_NAME=..., SERVICE_TYPE=MODEL, PERSISTENCE=0, one a line",
    bad="MODEL_NAME=model.MyModel\nSERVICE_TYPE=MODEL\n",
    good="MODEL_NAME=model.MyModel\nSERVICE_TYPE=MODEL\nPERSISTENCE=0\n",
    file=".s2i/environment",
    where=Where.SELDON,
)
def incomplete_environment(subject: Subject) -> Iterator[Spot]:
    """Keys that the builder asks for."""
    text = _beside(subject, ".s2i/environment")
    if text is None:
        return
    given = {name for where, _, name, value in _variables(subject) if where.name == text.name and value}
    missing = [name for name in ("MODEL_NAME", "SERVICE_TYPE", "PERSISTENCE") if name not in given]
    if missing:
        yield Spot(text, 1, 1, f"{', '.join(missing)} must be set, or the image cannot be built")


_NEEDS: Mapping[str, tuple[str, ...]] = {
    "MODEL": ("predict",),
    "ROUTER": ("route",),
    "TRANSFORMER": ("transform_input", "transform_output"),
    "COMBINER": ("aggregate",),
    "OUTLIER_DETECTOR": (),
}
"""The service types, and the hooks of which each needs one."""


@rule(
    "D913",
    Severity.ERROR,
    title="SERVICE_TYPE does not fit",
    why="seldon-core ends with a usage error for a type it does not know, OUTPUT_TRANSFORMER among them; "
    "and the orchestrator calls a router's route, a combiner's aggregate, whatever else the class has.",
    fix="MODEL, ROUTER, TRANSFORMER, COMBINER or OUTLIER_DETECTOR; an output transformer is a TRANSFORMER",
    bad="MODEL_NAME=model.MyModel\nSERVICE_TYPE=ROUTER\nPERSISTENCE=0\n",
    good="MODEL_NAME=model.MyModel\nSERVICE_TYPE=MODEL\nPERSISTENCE=0\n",
    file=".s2i/environment",
)
def wrong_service_type(subject: Subject) -> Iterator[Spot]:
    """Types that are none, and types whose hook the component lacks (a warning)."""
    for variable in _variables(subject):
        _, _, name, value = variable
        if name != "SERVICE_TYPE" or not value or "$" in value:
            continue
        if value not in _NEEDS:
            yield _spot(variable, f"{value} is no service type; use one of {', '.join(_NEEDS)}")
        elif subject.is_closed and _NEEDS[value] and not _has_one(subject, _NEEDS[value]):
            needs = " nor ".join(_NEEDS[value])
            yield _spot(variable, f"{subject.name} has no {needs}, which a {value} needs", Severity.WARNING)


def _has_one(subject: Subject, hooks: tuple[str, ...]) -> bool:
    return any(subject.has(f"{hook}{ending}") for hook in hooks for ending in ("", "_raw", "_rest", "_grpc"))


@rule(
    "D914",
    Severity.ERROR,
    title="a variable keeps seldon-core from starting",
    why="Numbers must be numbers, SELDON_LOG_LEVEL upper case, MODEL_METADATA a mapping: the start ends "
    "with a traceback.",
    fix="correct the value, or leave the variable out",
    bad="MODEL_NAME=model.MyModel\nSERVICE_TYPE=MODEL\nPERSISTENCE=0\nSELDON_LOG_LEVEL=debug\n",
    good="MODEL_NAME=model.MyModel\nSERVICE_TYPE=MODEL\nPERSISTENCE=0\nSELDON_LOG_LEVEL=DEBUG\n",
    file=".s2i/environment",
    where=Where.SELDON,
)
def breaks_the_start(subject: Subject) -> Iterator[Spot]:
    """Values that seldon-core cannot read."""
    for variable in _variables(subject):
        _, _, name, value = variable
        problem = _problem_with(name, value) if "$" not in value else ""
        if problem:
            yield _spot(variable, f"{name}={value}: {problem}")


_NUMBERS = frozenset(
    {
        *("GUNICORN_WORKERS", "GUNICORN_THREADS", "GUNICORN_MAX_REQUESTS", "GUNICORN_MAX_REQUESTS_JITTER"),
        *("GUNICORN_KEEPALIVE", "GRPC_WORKERS", "GRPC_THREADS", "FLASK_SINGLE_THREADED", "TRACING"),
        *("PREDICTIVE_UNIT_HTTP_SERVICE_PORT", "PREDICTIVE_UNIT_GRPC_SERVICE_PORT"),
        "PREDICTIVE_UNIT_METRICS_SERVICE_PORT",
    }
)
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "FATAL", "WARN", "NOTSET")


def _problem_with(name: str, value: str) -> str:
    if name in _NUMBERS and not re.fullmatch(r"-?\d+", value):
        return "it has to be a number"
    if name == "SELDON_LOG_LEVEL" and value not in _LEVELS:
        return f"use one of {', '.join(_LEVELS[:5])}"
    if name == "MODEL_METADATA":
        return "it has to be a mapping, in YAML or JSON" if not isinstance(_yaml(value), dict) else ""
    if name in ("PREDICTIVE_UNIT_PARAMETERS", "PREDICTOR_LABELS"):
        kind = list if name == "PREDICTIVE_UNIT_PARAMETERS" else dict
        return (
            ""
            if isinstance(_json(value), kind)
            else f"it has to be a JSON {'list' if kind is list else 'object'}"
        )
    return ""


def _yaml(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return {}  # ignored by seldon-core, with an error in its log


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return ...


# ---- requirements --------------------------------------------------------------------------------

_LIMITS: Mapping[str, tuple[Callable[[tuple[int, ...]], bool], str]] = {
    "numpy": (lambda version: version < (2,), "numpy below 2"),
    "protobuf": (lambda version: (3, 20, 2) <= version < (4,), "protobuf 3.20.2 or later, below 4"),
    "flask": (lambda version: (2,) <= version < (3,), "Flask 2"),
    "flask-cors": (lambda version: version < (4,), "Flask-cors below 4"),
    "werkzeug": (lambda version: (2, 1, 1) <= version < (2, 3), "werkzeug 2.1.1 or later, below 2.3"),
    "gunicorn": (lambda version: (19, 9) <= version < (20, 2), "gunicorn 19.9 to 20.1"),
    "jsonschema": (lambda version: version < (4,), "jsonschema below 4"),
    "prometheus-client": (
        lambda version: (0, 7, 1) <= version < (0, 9),
        "prometheus-client 0.7.1 or later, below 0.9",
    ),
    "click": (lambda version: (8,) <= version < (8, 1), "click 8.0"),
    "urllib3": (lambda version: (1, 26, 5) <= version < (1, 27), "urllib3 1.26.5 or later, below 1.27"),
    "pyyaml": (lambda version: (5, 4) <= version <= (6, 0, 1), "PyYAML 5.4 to 6.0.1"),
    "cryptography": (lambda version: (39, 0, 1) <= version < (41, 1), "cryptography 39.0.1 to 41.0"),
}
"""What seldon-core 1.18.2 asks of packages that models ask for too, as its wheel's metadata says."""

_REQUIREMENT = re.compile(
    r"\s*(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*(?:==\s*(?P<version>\d+(?:\.\d+)*))?"
)


def _requirements(text: Text) -> Iterator[tuple[int, str, tuple[int, ...]]]:
    """Line, normalised name and pinned version, empty where none is."""
    for number, line in enumerate(text.source.splitlines(), start=1):
        found = _REQUIREMENT.match(line)
        if found is not None and not line.lstrip().startswith("#"):
            version = tuple(int(part) for part in (found["version"] or "").split(".") if part)
            yield number, re.sub(r"[-_.]+", "-", found["name"]).lower(), version


@rule(
    "D915",
    Severity.ERROR,
    title="a pinned version clashes with seldon-core",
    why="pip cannot install both: seldon-core 1.18.2 has narrow limits of its own.",
    fix="leave the pin out, or choose a version within the limits",
    bad="seldon-core==1.18.2\nnumpy==2.1.0\n",
    good="seldon-core==1.18.2\nnumpy==1.26.4\n",
    file="requirements.txt",
    where=Where.SELDON,
)
def clashing_pin(subject: Subject) -> Iterator[Spot]:
    """Exact pins outside of what seldon-core's own metadata allows."""
    text = _beside(subject, "requirements.txt")
    for number, name, version in _requirements(text) if text else ():
        if text is not None and version and name in _LIMITS and not _LIMITS[name][0](version):
            shown = ".".join(map(str, version))
            yield Spot(text, number, 1, f"{name} {shown}: seldon-core 1.18.2 needs {_LIMITS[name][1]}")


@rule(
    "D916",
    Severity.WARNING,
    title="requirements.txt does not name seldon-core",
    why="An image from a plain Dockerfile has no seldon-core-microservice then. (Seldon's own builder "
    "image has it.)",
    fix="add seldon-core==1.18.2",
    bad="numpy==1.26.4\n",
    good="numpy==1.26.4\nseldon-core==1.18.2\n",
    file="requirements.txt",
)
def no_seldon_core(subject: Subject) -> Iterator[Spot]:
    """Requirements without seldon-core where no ``.s2i`` folder says who builds the image."""
    text = _beside(subject, "requirements.txt")
    if text is None or subject.file is None or (subject.file.parent / ".s2i").exists():
        return
    includes = re.search(r"^\s*(-r|-e|--requirement)\b", text.source, re.MULTILINE)
    names = {name for _, name, _ in _requirements(text)}
    if not includes and not names & {"seldon-core", "seldon-workbench"}:
        yield Spot(text, 1, 1, "seldon-core is not among the requirements")


# ---- contract.json -------------------------------------------------------------------------------


@rule(
    "D917",
    Severity.ERROR,
    title="contract.json is no contract",
    why="The testers end with a KeyError, or Unknown feature type.",
    fix='{"features": [{"name": "a", "dtype": "FLOAT", "ftype": "continuous", "range": [0, 1]}], '
    '"targets": [...]}',
    bad='{"features": [{"name": "a", "ftype": "number"}], "targets": []}',
    good='{"features": [{"name": "a", "dtype": "FLOAT", "ftype": "continuous"}], "targets": []}',
    file="contract.json",
)
def no_contract(subject: Subject) -> Iterator[Spot]:
    """Missing keys, unknown feature types, ranges that cannot be drawn from."""
    text = _beside(subject, "contract.json")
    if text is None:
        return
    contract = _json(text.source)
    if not isinstance(contract, dict):
        yield Spot(text, 1, 1, "contract.json is no JSON object")
        return
    for part in ("features", "targets"):
        entries = contract.get(part)
        if not isinstance(entries, list):
            yield Spot(text, 1, 1, f"contract.json has no list {part!r}")
            continue
        for place, entry in enumerate(entries):
            problem = _problem_with_entry(entry)
            if problem:
                yield Spot(text, _line_of(text, entry), 1, f"{part}[{place}]: {problem}")


def _problem_with_entry(entry: Any) -> str:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return "an entry is an object with a name"
    kind = entry.get("ftype")
    if kind == "categorical":
        return "" if isinstance(entry.get("values"), list) else "categorical needs a list of values"
    if kind != "continuous":
        return f"ftype is {kind!r}; use continuous or categorical"
    if entry.get("dtype") not in ("FLOAT", "INT"):
        return f"dtype is {entry.get('dtype')!r}; use FLOAT or INT"
    return _problem_with_range(entry.get("range", ["inf", "inf"]))


def _problem_with_range(limits: Any) -> str:
    if not isinstance(limits, list) or len(limits) != 2:
        return "range is a list of two"
    odd = [
        each
        for each in limits
        if each != "inf" and (isinstance(each, bool) or not isinstance(each, int | float))
    ]
    return f"range holds {odd[0]!r}; use numbers or 'inf'" if odd else ""


def _line_of(text: Text, entry: Any) -> int:
    """The line an entry's name stands in."""
    name = json.dumps(entry.get("name")) if isinstance(entry, dict) else ""
    for number, line in enumerate(text.source.splitlines(), start=1):
        if name and name in line:
            return number
    return 1
