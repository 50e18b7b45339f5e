"""What is no SeldonMessage in JSON is refused, whatever its size, and told why."""

import json

import pytest
from messages import LARGE_JSON

from seldon_workbench.errors import PayloadError
from seldon_workbench.server.json_codec import JSON

MALFORMED: list[tuple[str, str]] = [
    *((text, "Invalid request data type: ") for text in ("5", '"s"', "[]", "null", "{}", '{"foo":1}')),
    ('{"customData":5}', "customData is 5, which is no object"),
    *((f'{{"data":{data}}}', "data is ") for data in ("5", "null", "[1,2]", '"tensor"', "true")),
    ('{"data":{"foo":1,"bar":2}}', "data has no payload but ['bar', 'foo']"),
    *((f'{{"data":{{"ndarray":[1],"names":{names}}}}}', "names is ") for names in ('"ab"', "5", "{}")),
    *((f'{{"data":{{"tensor":{tensor}}}}}', "tensor is ") for tensor in ("5", "null", "[]", '"x"', "{}")),
    ('{"data":{"tensor":{"shape":[1]}}}', "not an object with shape and values"),
    ('{"data":{"tensor":{"values":[1]}}}', "not an object with shape and values"),
    *(
        (f'{{"data":{{"tensor":{{"shape":[1],"values":{values}}}}}}}', "tensor.values ")
        for values in ("5", "null", '"1"', "{}", '["a"]', '["nan"]', "[true]", "[null]", "[[1]]", "[{}]")
    ),
    *(
        (f'{{"data":{{"tensor":{{"shape":{shape},"values":[1]}}}}}}', "which is no list of sizes")
        for shape in ("[-1]", "[1.0]", '["1"]', "[true]", '"1"', "{}", "true", "1.0", "[[1]]", "[null]", "-1")
    ),
    *(
        (f'{{"data":{{"tensor":{{"shape":{shape},"values":[1,2,3]}}}}}}', "does not fit 3 values")
        for shape in ("[2]", "[4]", "[]", "[0]", "[3,2]", "[3,0]", "[9223372036854775808]", f"[3{',1' * 64}]")
    ),
    ('{"data":{"ndarray":[[1,2],[3]]}}', "ndarray is ragged: "),
    ('{"data":{"ndarray":[["a"],["b","c"]]}}', "ndarray is ragged: "),
    (f'{{"data":{{"ndarray":{"[" * 70}1{"]" * 70}}}}}', "ndarray is ragged: "),
    *((f'{{"binData":{value}}}', "binData is ") for value in ("null", "5", "[]", "{}", "true")),
    *((f'{{"binData":"{text}"}}', "binData is not base64: ") for text in ("!!!", "MTI", "é", "AA=A")),
    *((f'{{"strData":"x","meta":{meta}}}', "meta is ") for meta in ("[]", '"x"', "5", "0", "false", "[1]")),
    *((f'{{"strData":"x","meta":{{"tags":{tags}}}}}', "meta.tags is ") for tags in ("5", "[1]", '"x"', "[]")),
    *((f'{{"strData":"x","meta":{{"metrics":{each}}}}}', "meta.metrics is ") for each in ("5", "{}", '"x"')),
    *(
        (f'{{"strData":"x","meta":{{"requestPath":{each}}}}}', "meta.requestPath")
        for each in ("5", "[]", '"x"')
    ),
    (f'{{"jsonData":{"[" * 600}{"]" * 600}}}', "nested deeper than 512"),
    ("{", "Can't find JSON in data"),
]


@pytest.mark.parametrize(("text", "why"), MALFORMED)
def test_a_malformed_message_is_refused_and_told_why(text: str, why: str) -> None:
    for raw in (text, text.encode(), LARGE_JSON + text.encode()):
        with pytest.raises(PayloadError) as caught:
            JSON.decode(raw)
        assert why in caught.value.text
        assert len(caught.value.text) < 500


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("5", "Invalid request data type: 5"),
        (json.dumps("x" * 198), f"Invalid request data type: '{'x' * 198}'"),
        (json.dumps("x" * 199), f"Invalid request data type: '{'x' * 199}... (201 characters)"),
        ('{"data":{"tensor":{"shape":[1],"values":["a"]}}}', "tensor.values holds 'a', which is no number"),
        ('{"binData":5}', "binData is 5, which is no base64 text"),
        ('{"data":{"ndarray":[1],"names":5}}', "names is 5, which is no list"),
        ('{"strData":"x","meta":{"metrics":5}}', "meta.metrics is 5, which is no list"),
        ('{"strData":"x","meta":{"tags":5}}', "meta.tags is 5, which is no object"),
    ],
)
def test_the_text_shows_what_was_sent_but_not_all_of_it(text: str, told: str) -> None:
    with pytest.raises(PayloadError) as caught:
        JSON.decode(text)
    assert caught.value.text == told


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("5", "send a JSON object with data, strData, binData or jsonData"),
        ("{}", "send one of data, strData, binData or jsonData"),
        ('{"data":5}', "send tensor or ndarray within data"),
        ('{"data":{"foo":1}}', "send tensor or ndarray within data"),
        ('{"data":{"ndarray":[[1],[2,3]]}}', "send rows of equal length, or jsonData"),
        ('{"binData":"!!!"}', "send padded base64"),
    ],
)
def test_the_hint_tells_what_to_send(text: str, hint: str) -> None:
    with pytest.raises(PayloadError) as caught:
        JSON.decode(text)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    "text",
    [
        *("5", '"s"', "null", "{}", '{"seldonMessages":5}', '{"seldonMessages":null}', '{"strData":"x"}'),
        *("[5]", "[[]]", '[{"foo":1}]', '[{"strData":"x"},{"data":5}]', '[{"strData":"x","meta":[]}]', "["),
    ],
)
def test_a_malformed_list_is_refused(text: str) -> None:
    with pytest.raises(PayloadError):
        JSON.decode_list(text)


def test_a_malformed_list_is_told_and_what_to_send_instead() -> None:
    with pytest.raises(PayloadError) as caught:
        JSON.decode_list('{"strData":"x"}')
    assert caught.value.text == "Invalid request data type: {'strData': 'x'}"
    assert caught.value.hint == "send a list of messages, or an object with the list under seldonMessages"
