"""What the package promises: these names, and no other."""

import importlib

import pytest

import seldon_workbench

PUBLIC = [
    "SeldonComponent",
    "SeldonMicroserviceException",
    "SeldonNotImplementedError",
    "SeldonResponse",
    "Session",
    "Sessions",
    "Settings",
    "WorkbenchError",
    "__version__",
    "load_ipython_extension",
    "request_headers",
    "unload_ipython_extension",
]


def test_these_names_are_public_and_sorted() -> None:
    assert seldon_workbench.__all__ == PUBLIC == sorted(PUBLIC)
    assert dir(seldon_workbench) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_can_be_imported(name: str) -> None:
    found = getattr(seldon_workbench, name)
    assert found is not None
    if isinstance(found, type):
        assert found.__name__ == name
        assert found.__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'seldon_workbench' has no attribute 'Nonsense'"):
        seldon_workbench.Nonsense  # noqa: B018
    with pytest.raises(ImportError):
        from seldon_workbench import Nonsense  # noqa: F401


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("seldon_core.user_model", ["SeldonComponent", "SeldonNotImplementedError", "SeldonResponse"]),
        ("seldon_core.flask_utils", ["SeldonMicroserviceException"]),
        ("seldon_core.proto", ["prediction_pb2"]),
    ],
)
def test_user_code_finds_seldons_names_here(module: str, names: list[str]) -> None:
    assert seldon_workbench.Session  # whoever serves switches them on
    found = importlib.import_module(module)
    for name in names:
        assert getattr(found, name) is not None
    if module == "seldon_core.user_model":
        assert found.SeldonResponse is seldon_workbench.SeldonResponse


def test_the_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import version

    assert seldon_workbench.__version__ == version("seldon-workbench")
