"""Where a component's model lies: a local path, or one written as ``file://``.

Rule: nothing is fetched over a network. On a platform an init container has brought the model here.
"""

from pathlib import Path

from seldon_workbench.errors import StorageMissing, StorageUnknown

__all__ = ["Storage"]

_FILE = "file://"


class Storage:
    """Seldon's name for it: ``Storage.download(uri)``."""

    @staticmethod
    def download(uri: str, out_dir: str | None = None) -> str:
        """The local path of what lies at a URI.

        With ``out_dir``, which is made if need be, symbolic links to it are put there, and ``out_dir`` is
        returned. Raises StorageMissing, StorageUnknown, and FileExistsError where another file is in the way.
        """
        path = _local(uri)
        if out_dir is None:
            return path
        _link(Path(path), Path(out_dir))
        return out_dir


def _local(uri: str) -> str:
    path = uri.removeprefix(_FILE)
    if path and Path(path).exists():
        return path
    if uri.startswith(_FILE):
        raise StorageMissing(f"Local path {uri} does not exist.", hint="give an absolute path that exists")
    raise StorageUnknown(
        f"Cannot recognize storage type for {uri}. Only {_FILE} is currently available as storage type.",
        hint="fetch the model with its own client, or mount it, and give the local path",
    )


def _link(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir()) if source.is_dir() else [source]:
        link = folder / entry.name
        try:
            link.symlink_to(entry.absolute())
        except FileExistsError:
            # load() runs in every worker: the link that another one made is no obstacle.
            if link.resolve() != entry.resolve():
                raise
