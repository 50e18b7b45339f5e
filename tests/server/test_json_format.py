"""What Seldon's variables FLASK_JSON... do to REST bodies, as the original was seen to write them."""

import json
from typing import Any

import pytest

from seldon_workbench import SeldonMicroserviceException

from .serving import Serving

UNIT = {"PREDICTIVE_UNIT_ID": "u"}
REQUEST = {"data": {"names": ["x"], "ndarray": [[1.5]]}, "meta": {"puid": "p"}}


class Ordered:
    """Gives its members in an order that is not the alphabet's."""

    def predict(self, X, names=None):
        return {"zebra": 1, "\u00e4pfel": [1, {"b": 2.5, "a": None}], "empty": {}, "el": []}

    def tags(self):
        return {"z": 1, "a": 2}

    def metrics(self):
        return [{"type": "COUNTER", "key": "c", "value": 1}]


class Identity:
    def predict(self, X, names=None):
        return X


class Raises:
    def predict(self, X, names=None):
        raise SeldonMicroserviceException("caf\u00e9", status_code=418)


META = (
    '"meta":{"tags":{"z":1,"a":2},"metrics":[{"type":"COUNTER","key":"c","value":1}],"puid":"p",'
    '"requestPath":{"u":"NOT_IMPLEMENTED:NOT_IMPLEMENTED"}}'
)
AS_GIVEN = '{"jsonData":{"zebra":1,"\\u00e4pfel":[1,{"b":2.5,"a":null}],"empty":{},"el":[]},' + META + "}\n"


def test_unsorted_bodies_keep_the_components_order_and_seldons(serve_here: Serving) -> None:
    served = serve_here(Ordered(), env=UNIT | {"FLASK_JSON_SORT_KEYS": "false"})
    assert served.post(REQUEST).text == AS_GIVEN
    # The same by the long way, past the short cut.
    assert served.ask("POST", "/predict", data={"json": json.dumps(REQUEST)}).text == AS_GIVEN
    metadata = '{"name":"","versions":[""],"platform":"","inputs":[],"outputs":[],"custom":{}}\n'
    assert served.ask("GET", "/metadata").text == metadata


def test_an_unsorted_array_comes_before_its_names_and_a_status_before_its_info(serve_here: Serving) -> None:
    served = serve_here(Identity(), env={"FLASK_JSON_SORT_KEYS": "false"})
    assert served.post(REQUEST).text == '{"data":{"ndarray":[[1.5]],"names":["t:0"]},"meta":{"puid":"p"}}\n'
    refused = served.ask("POST", "/predict", data="", headers={"Content-Type": "text/plain"})
    assert refused.text.startswith(
        '{"status":{"status":1,"info":"Can\'t find JSON in data","code":-1,"reason"'
    )


def test_indented_bodies_have_two_spaces(serve_here: Serving) -> None:
    served = serve_here(Identity(), env={"FLASK_JSONIFY_PRETTYPRINT_REGULAR": "1"})
    assert served.post(REQUEST).text == (
        '{\n  "data": {\n    "names": [\n      "t:0"\n    ],\n'
        '    "ndarray": [\n      [\n        1.5\n      ]\n'
        '    ]\n  },\n  "meta": {\n    "puid": "p"\n  }\n}\n'
    )
    metadata = served.ask("GET", "/metadata").text
    assert metadata.startswith('{\n  "custom": {},\n  "inputs": [],\n')


def test_characters_may_be_left_as_they_are(serve_here: Serving) -> None:
    served = serve_here(Raises(), env={"FLASK_JSON_AS_ASCII": "false"})
    refused = served.post(REQUEST)
    assert refused.status_code == 418
    assert '"info":"caf\u00e9"'.encode() in refused.content


@pytest.mark.parametrize(
    "env", [{"FLASK_JSON_SORT_KEYS": "false"}, {"FLASK_JSONIFY_PRETTYPRINT_REGULAR": "t"}]
)
def test_numbers_and_texts_are_what_they_were(serve_here: Serving, env: dict[str, str]) -> None:
    value: Any = {"big": 2**70, "small": 5e-324, "one": 1.0, "text": '"\\ \u2028', "nan": "NaN"}
    served = serve_here(Identity(), env=env)
    assert served.post({"jsonData": value}).json()["jsonData"] == value


def test_what_is_no_json_and_what_has_no_body_stay_as_they_are(serve_here: Serving) -> None:
    served = serve_here(Identity(), env={"FLASK_JSONIFY_PRETTYPRINT_REGULAR": "1"})
    assert served.ask("GET", "/health/ping").text == "pong"
    assert served.ask("HEAD", "/metadata").content == b""
    assert served.ask("OPTIONS", "/predict").status_code == 200
