"""``%seldon``: the command grammar in a notebook, on the names of the notebook.

Rule: errors of ours are one line and a hint; errors of the user's code are her traceback.
"""

import atexit
import os

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from seldon_workbench.commands import Context, Face, HelpWanted, parser, run
from seldon_workbench.component import user_traceback
from seldon_workbench.errors import LoadFailed, WorkbenchError
from seldon_workbench.logs import log_to_memory
from seldon_workbench.notebook.completion import matcher, user_names
from seldon_workbench.notebook.line import split
from seldon_workbench.outcome import Outcome
from seldon_workbench.session import Sessions

__all__ = ["SeldonMagic", "register", "unregister"]


@magics_class
class SeldonMagic(Magics):
    """The magic and the servers of this kernel."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._shell = shell
        self.sessions = Sessions()
        self.matcher = matcher(shell, self.sessions)
        self._log = log_to_memory()

    @no_var_expand
    @line_cell_magic
    def seldon(self, line: str, cell: str | None = None) -> Outcome | None:
        """Serve a component as Seldon Core does: REST, gRPC, metrics, health and metadata."""
        __tracebackhide__ = True  # a traceback of the user's code is hers alone
        context = Context(
            Face.KERNEL,
            os.environ,
            self.sessions,
            namespace=user_names(self._shell),
            body=cell,
            log=self._log,
        )
        try:
            return run(split(line), context)
        except HelpWanted as help_wanted:
            print(help_wanted)
            return None
        except LoadFailed as failure:
            raise _as_the_users(failure) from None
        except WorkbenchError as failure:
            hint = f"\n  {failure.hint}" if failure.hint else ""
            raise UsageError(f"{failure.text}{hint}") from None


def _as_the_users(failure: LoadFailed) -> BaseException:
    """The exception of the user's code, from her first frame on."""
    original = failure.original
    original.add_note(f"seldon: {failure.text}; nothing was replaced")
    return original.with_traceback(user_traceback(original))


SeldonMagic.seldon.__doc__ = f"{SeldonMagic.seldon.__doc__}\n\n{parser(Face.KERNEL).format_help()}"


def register(shell: InteractiveShell) -> None:
    """Put the magic into a shell."""
    magic = SeldonMagic(shell)
    shell.register_magics(magic)
    shell.Completer.custom_matchers.append(magic.matcher)
    atexit.register(magic.sessions.stop, grace=0.5)


def unregister(shell: InteractiveShell) -> None:
    """Stop what the magic serves and take it out of the shell."""
    magic = shell.magics_manager.registry.pop(SeldonMagic.__name__, None)
    if magic is None:
        return
    magic.sessions.stop()
    atexit.unregister(magic.sessions.stop)
    shell.Completer.custom_matchers.remove(magic.matcher)
    for kind in shell.magics_manager.magics.values():
        kind.pop("seldon", None)
