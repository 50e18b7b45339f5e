"""The wires: their codecs, their servers, and the hosts that hold them together."""
