"""``seldon_core.proto``: the messages and services of the wire, as generated modules name them."""
