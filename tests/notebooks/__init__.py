"""Notebooks and what happens around a cell, in real kernels."""
