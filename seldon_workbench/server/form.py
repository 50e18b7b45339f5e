"""A message whose members came as the parts of a form (multipart/form-data)."""

import base64
import io
from typing import IO, Any

import flask
from werkzeug.datastructures import FileStorage

from seldon_workbench.errors import PayloadError
from seldon_workbench.server.json_text import parse

__all__ = ["FORM_TYPE", "FormRequest", "message_in"]

FORM_TYPE = "multipart/form-data"

_MEMBERS = frozenset(
    {"data", "jsonData", "customData", "meta", "status", "request", "response", "reward", "truth"}
    | {"seldonMessages"}
)
"""What stands as JSON in a file. A file of any other name is nobody's, and stays the text it is."""


class FormRequest(flask.Request):
    """Flask's request, but parts of a form may be as large as a body may, and stay in memory as it does."""

    max_form_memory_size = None

    def _get_file_stream(self, *arguments: Any, **keywords: Any) -> IO[bytes]:
        return io.BytesIO()


def message_in(request: flask.Request) -> dict[str, Any]:
    """The message in the form of a request. Of parts with one name a file counts first, then the first.

    Raises PayloadError.
    """
    body = request.get_data()
    message = {name: _member(name, _checked(name, text, body)) for name, text in request.form.items()}
    return message | {name: _filed_member(name, _content(file)) for name, file in request.files.items()}


def _content(file: FileStorage) -> bytes:
    content: bytes = file.read()
    file.seek(0)  # the component may read it too
    return content


def _member(name: str, text: str) -> Any:
    """A member that came as text."""
    # binData may stand in quotes, as in a JSON body, or alone.
    is_verbatim = name == "strData" or (name == "binData" and not text.lstrip().startswith('"'))
    return text if is_verbatim else _parsed(name, text)


def _checked(name: str, text: str, body: bytes) -> str:
    """A text as it was sent. Raises PayloadError if it was not UTF-8."""
    # The form's parser puts this character in place of what it cannot read.
    if "\ufffd" in text and text.encode() not in body:
        raise _not_text(name)
    return text


def _filed_member(name: str, content: bytes) -> Any:
    """A member that came as a file."""
    if name == "binData":
        return base64.b64encode(content).decode()  # what a JSON body would hold
    if name in _MEMBERS:
        return _parsed(name, content)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise _not_text(name) from error


def _not_text(name: str) -> PayloadError:
    return PayloadError(f"part {name} of the form is not UTF-8", hint="send bytes as the file binData")


def _parsed(name: str, text: str | bytes) -> Any:
    try:
        return parse(text)
    except PayloadError as error:
        raise PayloadError(
            f"part {name} of the form: {error}",
            hint="send JSON; only strData and binData are taken as they are",
        ) from error
