"""Request bodies that were sent compressed.

Rule: never more is unpacked than may come in; a few kilobytes can claim to be gigabytes.
"""

import gzip
import io
import zlib
from collections.abc import Callable

from seldon_workbench.errors import PayloadError, PayloadTooLarge

__all__ = ["unpacked"]

_LARGEST = 1 << 28
"""Bytes that a body may unpack to where no limit is set: a megabyte could claim to be a thousand."""


def unpacked(body: bytes, encoding: str, max_body: int) -> bytes:
    """A body without its Content-Encoding, at most ``max_body`` bytes; with 0, 256 MiB.

    Raises PayloadError, and PayloadTooLarge for one that is larger.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return body
    unpack = _ENCODINGS.get(name)
    if unpack is None:
        raise PayloadError(
            f"Content-Encoding {encoding!r:.100} is not known",
            hint="send the body as gzip, deflate, or plain",
        )
    limit = max_body or _LARGEST
    try:
        pieces = unpack(body, limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise PayloadError(
            f"the body is not {encoding}: {error}", hint="send the body plain, or compress all of it"
        ) from error
    if sum(map(len, pieces)) > limit:
        raise PayloadTooLarge(
            f"the body unpacks to more than {limit} bytes", hint="send it plain, or serve with --max-body"
        )
    return b"".join(pieces)


def _gunzip(body: bytes, most: int) -> list[bytes]:
    pieces, left = [], most
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
        # Asked for all of it at once, it would take the room before it looked at the body.
        while piece := file.read(min(_PIECE, left)):
            pieces.append(piece)
            left -= len(piece)
    return pieces


_PIECE = 1 << 20


def _inflate(body: bytes, most: int) -> list[bytes]:
    """The bytes of a deflate body; many clients leave out the header that belongs before it."""
    has_header = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    inflate = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
    plain = inflate.decompress(body, most)
    if len(plain) < most and (not inflate.eof or inflate.unused_data):
        raise EOFError("it does not end where it should")
    return [plain]


_ENCODINGS: dict[str, Callable[[bytes, int], list[bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
}
