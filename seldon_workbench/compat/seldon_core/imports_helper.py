"""``seldon_core.imports_helper``: whether TensorFlow is installed; it is not imported to find out."""

from importlib.util import find_spec

__all__ = ["_TF_PRESENT"]

try:
    _TF_PRESENT = find_spec("tensorflow") is not None
except ValueError:  # a stand-in that somebody put into sys.modules
    _TF_PRESENT = True
