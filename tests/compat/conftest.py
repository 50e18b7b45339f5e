"""Here ``import seldon_core`` resolves, as it does once somebody serves."""

from seldon_workbench.compat import install

install()
