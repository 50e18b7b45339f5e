"""Certificates made for a test, with the ``openssl`` command."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files: an authority, a server's certificate for this machine, a client's, and a stranger's."""

    folder: Path

    def file(self, name: str) -> str:
        """The path of one of them: ``server.pem``, ``server.key``, ``ca.pem`` and so on."""
        return str(self.folder / name)

    def text(self, name: str) -> bytes:
        """What is in it."""
        return (self.folder / name).read_bytes()

    @property
    def serving(self) -> dict[str, str]:
        """The settings of a server with its certificate."""
        return {"ssl_certfile": self.file("server.pem"), "ssl_keyfile": self.file("server.key")}

    @property
    def client(self) -> tuple[str, str]:
        """What a client shows."""
        return self.file("client.pem"), self.file("client.key")


def make_certificates(folder: Path) -> Certificates:
    """Fresh certificates in a folder; the test is skipped where there is no ``openssl``."""
    if shutil.which("openssl") is None:
        pytest.skip("makes certificates with the openssl command, which is not here")
    for authority in ("ca", "stranger"):
        _openssl(
            folder,
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={authority}"),
            *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),  # which Python 3.13 insists on
            *("-keyout", f"{authority}.key", "-out", f"{authority}.pem"),
        )
    names = folder / "names"
    names.write_text(
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
        "keyUsage=digitalSignature,keyEncipherment\n"
    )
    for name in ("server", "client"):
        _openssl(
            folder,
            *("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"),
            *("-keyout", f"{name}.key", "-out", f"{name}.csr"),
        )
        _openssl(
            folder,
            *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-days", "2", "-extfile", "names", "-out", f"{name}.pem"),
        )
    return Certificates(folder)


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
