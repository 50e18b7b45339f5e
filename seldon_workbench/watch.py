"""Source files that are looked at for changes."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["Watch", "forget_sources", "sources"]

_OURS = __name__.partition(".")[0]


def sources(target: str, since: int) -> dict[str, int]:
    """The files a component's code was loaded from, and when each was changed, in nanoseconds.

    These are the modules below the working directory and below the target's own folder. They were loaded
    ``since`` that time: what was changed later may have been read before, and counts as changed again.
    """
    files = {str(path) for _, path in _modules(target)} | {str(path) for path in _file_of(target)}
    return {file: min(changed, since) for file in files if (changed := _changed(file))}


def forget_sources(target: str) -> None:
    """Forget those modules, so that whoever imports them next gets them as they are now."""
    for name, _ in list(_modules(target)):
        del sys.modules[name]


class Watch:
    """Knows when files were changed."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def add(self, files: Mapping[str, int]) -> None:
        """Look at these files too; ``files`` says when they were changed last, as far as is known."""
        for file, changed in files.items():
            self._seen.setdefault(file, changed)

    def changed(self) -> list[str]:
        """The files that were changed since this was asked last."""
        now = {file: _changed(file) for file in self._seen}
        # A file that is gone is being written anew, as editors do.
        different = [file for file, changed in now.items() if changed and changed != self._seen[file]]
        self._seen.update((file, now[file]) for file in different)
        return different


def _changed(file: str) -> int:
    """When a file was changed; 0 if it is not there."""
    try:
        return Path(file).stat().st_mtime_ns
    except OSError:
        return 0


def _modules(target: str) -> Iterator[tuple[str, Path]]:
    folders = [Path.cwd(), *(path.parent for path in _file_of(target))]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or name.partition(".")[0] in (_OURS, "__main__"):
            continue
        path = Path(file)
        is_installed = "site-packages" in path.parts or path.is_relative_to(sys.prefix)
        if not is_installed and any(path.is_relative_to(folder) for folder in folders):
            yield name, path


def _file_of(target: str) -> Iterator[Path]:
    """The file that a target names, if it names one."""
    for part in (target, target.rpartition(":")[0]):
        if part.endswith(".py"):
            yield Path(part).resolve()
