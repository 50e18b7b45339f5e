"""Bodies under a Content-Encoding: undone, bounded, and refused when they are not what they say."""

import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator

import pytest
from components import Identity
from requests import Response

from seldon_workbench.errors import PayloadError, PayloadTooLarge
from seldon_workbench.server.compressed import unpacked

from .serving import ANSWER, NDARRAY, Served, Serving, serving, status_of

TEXT = json.dumps(NDARRAY).encode()


def raw_deflate(body: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflate.compress(body) + deflate.flush()


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "in capitals": ("GZip", gzip.compress),
    "two members": ("gzip", lambda body: gzip.compress(body[:9]) + gzip.compress(body[9:])),
    "deflate": ("deflate", zlib.compress),
    "deflate without its header": ("deflate", raw_deflate),
    "identity": ("identity", bytes),
    "no encoding": ("", bytes),
}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Identity) as running:
        yield running


def post(served: Served, body: bytes, encoding: str, path: str = "/predict") -> Response:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    return served.ask("POST", path, data=body, headers=headers)


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("body", [TEXT, b"", random.Random(1).randbytes(3_000_000)], ids=len)
def test_what_was_packed_is_unpacked(kind: str, body: bytes) -> None:
    encoding, pack = PACKED[kind]
    assert unpacked(pack(body), encoding, 0) == body
    assert unpacked(pack(body), encoding, max(1, len(body))) == body


@pytest.mark.parametrize("kind", PACKED)
def test_a_compressed_request_is_answered(served: Served, kind: str) -> None:
    encoding, pack = PACKED[kind]
    response = post(served, pack(TEXT), encoding)
    assert (response.status_code, response.json()) == (200, ANSWER)


def test_compressed_lists_and_feedback_are_read(served: Served) -> None:
    feedback = post(served, gzip.compress(b'{"reward":1}'), "gzip", "/send-feedback")
    assert feedback.json() == {"data": {"tensor": {"shape": [0]}}, "meta": {}}
    refused = post(served, gzip.compress(b"[]"), "gzip", "/aggregate")
    assert "the list of messages is empty" in status_of(refused)["info"]


GZIP, ZLIB = gzip.compress(TEXT), zlib.compress(TEXT)
BROKEN: list[tuple[str, bytes]] = [
    ("gzip", TEXT),
    ("gzip", ZLIB),
    ("gzip", GZIP[:-1]),
    ("gzip", GZIP[:12]),
    ("gzip", GZIP[:2]),
    ("gzip", GZIP + b"more"),
    ("gzip", GZIP[:-8] + b"\0" * 8),
    ("gzip", GZIP[:12] + b"\xff\xff" + GZIP[14:]),
    ("deflate", TEXT),
    ("deflate", GZIP),
    ("deflate", ZLIB[:-1]),
    ("deflate", ZLIB + b"more"),
    ("deflate", ZLIB[:-4] + b"\0" * 4),
    ("deflate", b""),
    ("deflate", b"x"),
]


@pytest.mark.parametrize(("encoding", "body"), BROKEN, ids=lambda each: f"{each!r}"[:30])
def test_a_body_that_is_not_what_it_says_is_refused(served: Served, encoding: str, body: bytes) -> None:
    with pytest.raises(PayloadError, match=f"the body is not {encoding}: ") as caught:
        unpacked(body, encoding, 0)
    assert caught.value.hint
    response = post(served, body, encoding)
    assert response.status_code == 400
    assert f"the body is not {encoding}" in status_of(response)["info"]


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "x" * 1000])
def test_an_unknown_encoding_is_refused(served: Served, encoding: str) -> None:
    with pytest.raises(PayloadError, match="is not known") as caught:
        unpacked(b"", encoding, 0)
    assert "gzip, deflate" in caught.value.hint
    response = post(served, TEXT, encoding)
    assert (response.status_code, len(response.text) < 300) == (400, True)


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_more_than_the_limit_is_never_unpacked(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(b" " * 1000)
    assert len(unpacked(bomb, encoding, 1000)) == 1000
    with pytest.raises(PayloadTooLarge, match="unpacks to more than 999 bytes"):
        unpacked(bomb, encoding, 999)


def test_a_bomb_is_defused_where_no_limit_is_set() -> None:
    bomb = gzip.compress(b" " * (1 << 20)) * 1025
    assert len(bomb) < 2 << 20
    with pytest.raises(PayloadTooLarge, match="more than 268435456 bytes"):
        unpacked(bomb, "gzip", 0)


def test_the_limit_holds_for_what_is_unpacked_too(serve_here: Serving) -> None:
    served = serve_here(Identity, max_body=2000)
    assert post(served, gzip.compress(TEXT + b" " * 1900), "gzip").json() == ANSWER
    response = post(served, gzip.compress(TEXT + b" " * 100_000), "gzip")
    assert response.status_code == 413
    assert "more than 2000 bytes" in status_of(response)["info"]


def test_a_passed_through_body_stays_packed(serve_here: Serving) -> None:
    served = serve_here(Identity, payload_passthrough=True)
    assert post(served, GZIP, "gzip").content == GZIP
