"""TLS: certificate, key and authorities of the settings, as each wire takes them."""

import ssl
from pathlib import Path

from seldon_workbench.errors import BadSetting
from seldon_workbench.settings import Settings

__all__ = ["check_files", "pem_files", "server_context"]


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """What the HTTP ports speak; None where they speak plainly. Raises BadSetting."""
    if settings.ssl_certfile is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # A client that asks for other keys in the middle could turn a write into a wait for a read.
    context.options |= ssl.OP_NO_RENEGOTIATION
    pem_files(settings)  # says which file it is that cannot be read
    try:
        context.load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        key = settings.ssl_keyfile or settings.ssl_certfile
        raise BadSetting(
            f"{settings.ssl_certfile} and {key} are no certificate with its key: {_why(error)}",
            hint="give PEM files, the key unencrypted and of this certificate",
        ) from error
    if settings.ssl_ca_certs is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        try:
            context.load_verify_locations(settings.ssl_ca_certs)
        except ssl.SSLError as error:
            raise BadSetting(
                f"{settings.ssl_ca_certs} holds no certificates: {_why(error)}", hint="give a PEM file"
            ) from error
    return context


def check_files(settings: Settings) -> None:
    """Raises BadSetting for files that cannot serve TLS; the parent of workers asks this first."""
    server_context(settings)


def pem_files(settings: Settings) -> tuple[bytes, bytes, bytes | None]:
    """Certificate chain, key and authorities. Raises BadSetting for a file that cannot be read."""
    assert settings.ssl_certfile is not None, "only asked where TLS is spoken"
    chain = _read("ssl_certfile", settings.ssl_certfile)
    key = _read("ssl_keyfile", settings.ssl_keyfile) if settings.ssl_keyfile else chain
    return chain, key, _read("ssl_ca_certs", settings.ssl_ca_certs) if settings.ssl_ca_certs else None


def _read(name: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadSetting(
            f"{name} {path} cannot be read: {error.strerror}",
            hint=f"give --{name.replace('_', '-')} a PEM file",
        ) from error


def _no_password() -> str:
    # Without this, OpenSSL would ask whoever sits at the terminal.
    raise ValueError("the key is encrypted")


def _why(error: Exception) -> str:
    return getattr(error, "reason", None) or str(error)
