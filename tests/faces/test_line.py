"""Words of a magic line."""

import pytest

from seldon_workbench.errors import UsageProblem
from seldon_workbench.notebook.line import split, without_comment


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("serve Iris", ["serve", "Iris"]),
        ("  serve\tIris  ", ["serve", "Iris"]),
        ("serve Iris # the first", ["serve", "Iris"]),
        ("serve Iris # it's the first", ["serve", "Iris"]),
        ("serve Iris #", ["serve", "Iris"]),
        ("# serve Iris", []),
        ("serve iris.py#1", ["serve", "iris.py#1"]),
        ("serve Iris --param tag='a # b'", ["serve", "Iris", "--param", "tag=a # b"]),
        ('serve "my models/iris.py:Iris"', ["serve", "my models/iris.py:Iris"]),
        ("serve 'my models/iris.py:Iris' # it's", ["serve", "my models/iris.py:Iris"]),
        (r"serve C:\Users\me\iris.py:Iris", ["serve", r"C:\Users\me\iris.py:Iris"]),
        (r'serve "C:\My Models\iris.py:Iris"', ["serve", r"C:\My Models\iris.py:Iris"]),
        (
            """send -d '{"data": {"ndarray": [[-1, 2]]}}'""",
            ["send", "-d", '{"data": {"ndarray": [[-1, 2]]}}'],
        ),
        ("serve Iris -p path=$HOME/{x}", ["serve", "Iris", "-p", "path=$HOME/{x}"]),
        ("serve Iris;", ["serve", "Iris;"]),
    ],
)
def test_words_are_what_they_look_like(line: str, words: list[str]) -> None:
    assert split(line) == words


@pytest.mark.parametrize("line", ["serve 'Iris", 'serve "Iris', "serve it's"])
def test_a_quote_that_is_never_closed_is_said_to_be(line: str) -> None:
    with pytest.raises(UsageProblem, match="No closing quotation") as problem:
        split(line)
    assert problem.value.hint == "close the quote"


def test_a_comment_begins_only_where_a_word_does() -> None:
    assert without_comment("serve a#b '#c' #d") == "serve a#b '#c' "
