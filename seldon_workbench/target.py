"""From a TARGET, as people write it, to a component: found, constructed, asked for metadata, loaded.

A TARGET is ``Name`` (class Name in Name.py), ``pkg.mod.Class``, ``file.py:Class`` or ``file.py`` with
one component in it; in a notebook first a name of the user's namespace; or the object itself. What is
named may be a class, an instance, a fitted estimator or a function.
"""

import ast
import difflib
import importlib
import importlib.machinery
import importlib.util
import inspect
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from seldon_workbench.component import (
    Component,
    construct,
    find_hook,
    guarded,
    is_component_like,
    load,
)
from seldon_workbench.errors import (
    BadMetadata,
    BadParameter,
    ComponentFailed,
    LoadFailed,
    TargetInvalid,
    TargetNotFound,
    WorkbenchError,
    is_not_implemented,
)
from seldon_workbench.estimator import EstimatorComponent, is_estimator
from seldon_workbench.metadata import ModelMetadata
from seldon_workbench.settings import Parameters, Unit

__all__ = [
    "Built",
    "Target",
    "build",
    "constructed",
    "find",
    "locate",
    "look_up",
    "metadata_of",
    "no_such_name",
]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be served, before it is constructed."""

    name: str
    """What servers and messages call it."""
    subject: Any
    """A class, an instance, an estimator or a function."""
    text: str
    """How the user named it."""


@dataclass(frozen=True, slots=True)
class Built:
    """A component that is ready to be called."""

    component: Component
    metadata: ModelMetadata | WorkbenchError
    """What ``init_metadata`` said, or why that is not metadata."""


def build(target: Target, parameters: Parameters, unit: Unit) -> Built:
    """Construct, ask for metadata, load: in Seldon's order. Raises LoadFailed, BadParameter."""
    subject = constructed(target, parameters)
    metadata = metadata_of(subject, unit)
    load(subject)
    component = guarded("looking up its hooks", lambda: Component(subject, target.name))
    return Built(component, metadata)


def constructed(target: Target, parameters: Parameters) -> object:
    """What a target names, constructed and nothing more. Raises LoadFailed, BadParameter."""
    subject = target.subject
    if inspect.isclass(subject):
        return construct(subject, parameters)
    if is_estimator(subject):
        return construct(EstimatorComponent, {"estimator": subject} | parameters)
    if parameters:
        raise BadParameter(
            f"{target.name} is constructed already and takes no parameters", hint="serve its class instead"
        )
    if inspect.isroutine(subject):
        return FunctionComponent(subject)
    return subject


class FunctionComponent:
    """A plain function as a component: it is ``predict``."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.predict = function


def metadata_of(subject: object, unit: Unit) -> ModelMetadata | WorkbenchError:
    """What a constructed component says about itself, or why that is not metadata.

    Asked before ``load``, as Seldon does; a failure spoils the metadata and nothing else.
    """
    try:
        return ModelMetadata.from_sources(_said(subject), unit)
    except (LoadFailed, BadMetadata) as error:
        hint = f" ({error.hint})" if error.hint else ""
        logger.error("model metadata is invalid: %s%s", error, hint, exc_info=_cause(error))
        return BadMetadata("Model metadata unavailable", hint=str(error))


def _said(subject: object) -> dict[str, Any]:
    """What a component says of itself; nothing if that is no dict. Raises LoadFailed."""
    # Seldon's documentation calls it "metadata" in places, so that name is understood too.
    for name in ("init_metadata", "metadata"):
        hook = find_hook(subject, name)
        if hook is not None:
            return _asked(f"{name}()", hook) if callable(hook) else {}
    return {}


def _asked(stage: str, hook: Callable[[], Any]) -> dict[str, Any]:
    try:
        said = guarded(stage, hook)
    except LoadFailed as failure:
        if is_not_implemented(failure.original):
            return {}
        raise
    if isinstance(said, dict):
        return said
    logger.error("%s returned %r, which is no dict: it is ignored", stage, said)
    return {}


def _cause(error: WorkbenchError) -> BaseException | None:
    return error.original if isinstance(error, LoadFailed | ComponentFailed) else None


# ---- finding -------------------------------------------------------------------------------------


def find(target: object, namespace: Mapping[str, Any] | None = None) -> Target:
    """What a TARGET names. Raises TargetNotFound, TargetInvalid, LoadFailed while importing."""
    if not isinstance(target, str):
        return _checked(target, _name_of(target), _name_of(target))
    if namespace is not None and target in namespace:
        found = namespace[target]
        return _checked(found, _name_of(found) if inspect.isclass(found) else target, target)
    if namespace is not None and target.isidentifier() and not Path(f"{target}.py").exists():
        raise no_such_name(target, namespace)
    path, name = _split(target)
    if path is not None:
        module = _module_of_file(path)
        subject = _only_component(module, target) if name is None else _attribute(module, name, target)
    else:
        module_name, _, attribute = target.rpartition(".") if "." in target else (target, "", target)
        subject = _attribute(_module(module_name, target), attribute, target)
    return _checked(subject, _name_of(subject) if name is None else name.rpartition(".")[2], target)


def look_up(target: str) -> None:
    """Check that a TARGET names something, without running any of its code. Raises TargetNotFound.

    A server that forks its workers asks this first: user code runs in the workers only.
    """
    locate(target)


def locate(target: str) -> tuple[Path, str | None]:
    """The file a TARGET stands in and the name within it, found without running any of its code.

    The name is None for a file alone. Raises TargetNotFound, LoadFailed for a file that does not parse.
    """
    path, name = _split(target)
    if path is None:
        module_name, _, name = target.rpartition(".") if "." in target else (target, "", target)
        path = _source_of(module_name, target)
    elif not path.exists():
        raise _no_such_file(path)
    if name is not None and path.suffix == ".py":
        names = _top_level_names(path)
        if name.partition(".")[0] not in names:
            raise TargetNotFound(f"{path} defines no {name}", hint=_did_you_mean(name, names))
    return path, name


def _split(target: str) -> tuple[Path | None, str | None]:
    """The file and the name within it; no file for a dotted module."""
    file, colon, name = target.rpartition(":")
    if colon and file.endswith(".py"):
        return Path(file), name or None
    if target.endswith(".py"):
        return Path(target), None
    return None, None


def _source_of(module_name: str, target: str) -> Path:
    """The file of a module, found without importing its parents."""
    search = [str(Path.cwd()), *sys.path]
    origin = None
    for part in module_name.split("."):
        spec = importlib.machinery.PathFinder.find_spec(part, search)
        if spec is None:
            raise TargetNotFound(
                f"no module {module_name!r} for {target!r}",
                hint="name a class of Name.py here, pkg.mod.Class or file.py:Class",
            )
        search = list(spec.submodule_search_locations or ())
        origin = spec.origin
    return Path(origin or search[0])


def _top_level_names(path: Path) -> list[str]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    except SyntaxError as error:
        raise LoadFailed(f"reading {path}", error) from error
    return list(dict.fromkeys(_bound_names(tree)))


def _bound_names(node: ast.AST) -> Iterator[str]:
    """The names a block binds; those within a class or a function are its own."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield child.name
            continue
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        elif isinstance(child, ast.alias):
            yield child.asname or child.name.partition(".")[0]
        yield from _bound_names(child)


def _module_of_file(path: Path) -> ModuleType:
    """A fresh module of a file, under the file's name, as Seldon would import it."""
    if not path.exists():
        raise _no_such_file(path)
    path = path.resolve()
    _search_first(path.parent)
    name = path.stem
    present = sys.modules.get(name)
    if present is not None and getattr(present, "__file__", None) != str(path):
        name = f"_seldon_target_{name}"  # an installed module of that name stays what it is
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TargetInvalid(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    # Registered before it runs: pickle and dataclasses look a class' module up.
    sys.modules[name] = module
    guarded(f"importing {path.name}", lambda: spec.loader.exec_module(module))  # type: ignore[union-attr]
    return module


def _module(name: str, target: str) -> ModuleType:
    _search_first(Path.cwd())
    file = Path(*name.split(".")).with_suffix(".py")
    if "." not in name and file.exists():
        return _module_of_file(file)
    _source_of(name, target)
    module: ModuleType = guarded(f"importing {name}", lambda: importlib.import_module(name))
    return module


def _search_first(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _attribute(module: ModuleType, name: str, target: str) -> Any:
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise TargetNotFound(
                f"{module.__name__} defines no {name} (target {target!r})",
                hint=_did_you_mean(name, [word for word in dir(module) if not word.startswith("_")]),
            )
        found = getattr(found, part)
    return found


def _only_component(module: ModuleType, target: str) -> Any:
    classes = [
        found
        for found in vars(module).values()
        if inspect.isclass(found) and found.__module__ == module.__name__ and is_component_like(found)
    ]
    if len(classes) == 1:
        return classes[0]
    if not classes:
        raise TargetNotFound(f"{target} defines no class with predict or another hook of Seldon's")
    names = ", ".join(f"{target}:{found.__name__}" for found in classes)
    raise TargetInvalid(f"{target} defines several components", hint=f"choose one of {names}")


def _checked(subject: Any, name: str, text: str) -> Target:
    is_servable = (
        inspect.isclass(subject)
        or inspect.isroutine(subject)
        or is_component_like(subject)
        or is_estimator(subject)
    )
    if isinstance(subject, ModuleType) or not is_servable:
        raise TargetInvalid(
            f"{text} is a {type(subject).__name__}, which cannot be served",
            hint="serve a class with predict, an instance of one, a fitted estimator or a function",
        )
    return Target(name, subject, text)


def _name_of(subject: Any) -> str:
    name = getattr(subject, "__name__", None)
    return name if isinstance(name, str) else type(subject).__name__


def no_such_name(target: str, namespace: Mapping[str, Any]) -> TargetNotFound:
    """What is said of a word that neither the notebook nor a file bears."""
    names = [name for name in namespace if not name.startswith("_")]
    return TargetNotFound(
        f"{target} is no name of this notebook, and there is no {target}.py here",
        hint=_did_you_mean(target, names) or "run the cell that defines it",
    )


def _no_such_file(path: Path) -> TargetNotFound:
    nearby = [entry.name for entry in path.parent.glob("*.py")] if path.parent.is_dir() else []
    return TargetNotFound(f"there is no file {path}", hint=_did_you_mean(path.name, nearby))


def _did_you_mean(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    return f"did you mean {', '.join(close)}?" if close else ""
