"""The user guide, executed."""
