"""What user code imports from ``seldon_core``, under the names it knows."""

from seldon_workbench.compat import SELDON_VERSION as __version__
from seldon_workbench.compat.lazy import names_of

__all__ = ["Storage", "__version__"]

__getattr__ = names_of(__name__, {"Storage": "seldon_workbench.storage"})
