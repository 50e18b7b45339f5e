# ruff: noqa: UP004
# fmt: off
class ModelWithHealthEndpoint(object):

    def predict(self, X, features_names):
        return X

    def health_status(self):
        response = self.predict([1, 2], ["f1", "f2"])
        assert len(response) == 2, "health check returning bad predictions" # or some other simple validation
        return response
