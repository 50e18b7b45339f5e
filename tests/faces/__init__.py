"""Magic and command line: the same grammar, as people meet it."""
