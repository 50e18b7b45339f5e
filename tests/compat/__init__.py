"""User code that imports ``seldon_core``."""
