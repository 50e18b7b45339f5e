"""The notebook's face: ``%seldon`` and ``%%seldon``."""
