"""Components whose own exceptions are turned into answers by a Flask blueprint."""

from typing import Any

from flask import Blueprint, jsonify


class UserError(Exception):
    """An exception of the component."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


class UserHandler:
    """Its own exception becomes 402, a ValueError 422."""

    model_error_handler = Blueprint("error_handlers", __name__)

    @model_error_handler.app_errorhandler(UserError)
    def handle_user_error(error: UserError) -> Any:
        response = jsonify({"status": {"status": 402, "message": error.message, "app_code": 1402}})
        response.status_code = 402
        return response

    @model_error_handler.app_errorhandler(ValueError)
    def handle_value_error(error: ValueError) -> Any:
        return jsonify({"value": str(error)}), 422

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        if not isinstance(X, str):
            return X
        if X == "user":
            raise UserError("Test-Error-Msg")
        if X == "value":
            raise ValueError("bad")
        if X == "key":
            raise KeyError("k")
        return X


class GeneralHandler:
    """A handler for every exception."""

    model_error_handler = Blueprint("general_handlers", __name__)

    @model_error_handler.app_errorhandler(Exception)
    def handle_anything(error: Exception) -> Any:
        return jsonify({"general": str(error)}), 409

    def predict(self, X: Any, names: Any) -> Any:
        raise ValueError("general")
