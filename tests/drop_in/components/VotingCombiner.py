"""Takes whole messages, and passes on the one with the highest score."""

from seldon_core.proto import prediction_pb2
from seldon_core.utils import json_to_seldon_messages, seldon_message_to_json


class VotingCombiner:
    def aggregate_raw(self, messages):
        over_rest = not isinstance(messages, prediction_pb2.SeldonMessageList)
        if over_rest:
            messages = json_to_seldon_messages(messages)
        best = max(messages.seldonMessages, key=lambda message: message.data.tensor.values[0])
        return seldon_message_to_json(best) if over_rest else best
