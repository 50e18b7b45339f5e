"""What user code imports from ``seldon_core``, under the names it knows."""

__version__ = "1.18.2"
"""The version whose behaviour this is."""
