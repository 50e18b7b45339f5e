# ruff: noqa: PIE790, RET504
# fmt: off
class Model:
    ...
    def init_metadata(self):

        meta = {
            "name": "model-name",
            "versions": ["model-version"],
            "platform": "platform-name",
            "inputs": [{"name": "input", "datatype": "BYTES", "shape": [1]}],
            "outputs": [{"name": "output", "datatype": "BYTES", "shape": [1]}],
        }

        return meta


class ByTheText:
    """The text calls the method ``metadata``."""

    def metadata(self):
        return Model().init_metadata()
