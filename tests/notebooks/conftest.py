"""A place for kernels that is nobody's home."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _homeless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        yield
