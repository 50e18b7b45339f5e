"""The words of a magic line: quotes group, a trailing comment ends it, backslashes are letters."""

import shlex

from seldon_workbench.errors import UsageProblem

__all__ = ["split", "without_comment"]


def split(line: str) -> list[str]:
    """The words of a line. Raises UsageProblem for a quote that is never closed."""
    words = shlex.shlex(without_comment(line), posix=True, punctuation_chars=False)
    words.whitespace_split = True
    words.commenters = ""
    words.escape = ""  # so that Windows paths survive
    try:
        return list(words)
    except ValueError as error:
        raise UsageProblem(f"{error} in {line!r}", hint="close the quote") from error


def without_comment(line: str) -> str:
    """The line up to a ``#`` that begins a word outside of quotes."""
    quote = ""
    for place, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "#" and (place == 0 or line[place - 1].isspace()):
            return line[:place]
    return line
