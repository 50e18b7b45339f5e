"""Passes requests on to another server, whole, and its errors with them."""

import os

import requests
from seldon_core.proto import prediction_pb2
from seldon_core.user_model import SeldonComponent
from seldon_core.utils import json_to_seldon_message, seldon_message_to_json


class RawProxy(SeldonComponent):
    def __init__(self, url=None):
        super().__init__()
        self.url = url or os.environ["PROXIED_URL"]

    def predict_raw(self, request):
        is_proto = isinstance(request, prediction_pb2.SeldonMessage)
        payload = seldon_message_to_json(request) if is_proto else request
        reply = requests.post(f"{self.url}/api/v1.0/predictions", json=payload, timeout=10).json()
        return json_to_seldon_message(reply) if is_proto else reply
