"""Exceptions with a status and a body of the application's own."""

from flask import Blueprint, jsonify
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.user_model import SeldonComponent


class UserCustomException(Exception):
    status_code = 404

    def __init__(self, message, application_error_code, http_status_code):
        Exception.__init__(self)
        self.message = message
        if http_status_code is not None:
            self.status_code = http_status_code
        self.application_error_code = application_error_code

    def to_dict(self):
        return {
            "status": {
                "status": self.status_code,
                "message": self.message,
                "app_code": self.application_error_code,
            }
        }


class UserErrors(SeldonComponent):
    model_error_handler = Blueprint("error_handlers", __name__)

    @model_error_handler.app_errorhandler(UserCustomException)
    def handleCustomError(error):
        response = jsonify(error.to_dict())
        response.status_code = error.status_code
        return response

    def predict(self, X, features_names, meta=None):
        if X == "seldon":
            raise SeldonMicroserviceException("too many", status_code=429, reason="BUSY")
        raise UserCustomException("Test-Error-Msg", 1402, 402)
