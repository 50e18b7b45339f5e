"""``seldon_core.env_utils``: what the platform says about this process' component."""

from seldon_workbench.compat.process import environment, unit
from seldon_workbench.settings import NOT_IMPLEMENTED as NONIMPLEMENTED_MSG
from seldon_workbench.settings import first_set

__all__ = [
    "NONIMPLEMENTED_IMAGE_MSG",
    "NONIMPLEMENTED_MSG",
    "get_deployment_name",
    "get_image_name",
    "get_model_name",
    "get_predictor_name",
    "get_predictor_version",
]

NONIMPLEMENTED_IMAGE_MSG = f"{NONIMPLEMENTED_MSG}:{NONIMPLEMENTED_MSG}"
"""What stands for an image that nobody named."""


def get_model_name(default_val: str = NONIMPLEMENTED_MSG) -> str:
    """The name of the node in its graph."""
    return str(first_set(environment(), ("PREDICTIVE_UNIT_ID",), default_val))


def get_image_name(default_val: str = NONIMPLEMENTED_IMAGE_MSG) -> str:
    """The component's image, with its tag."""
    return str(first_set(environment(), ("PREDICTIVE_UNIT_IMAGE",), default_val))


def get_deployment_name(default_val: str = NONIMPLEMENTED_MSG) -> str:
    """The name of the SeldonDeployment."""
    return str(first_set(environment(), ("SELDON_DEPLOYMENT_ID",), default_val))


def get_predictor_name(default_val: str = NONIMPLEMENTED_MSG) -> str:
    """The name of the predictor within its deployment."""
    return str(first_set(environment(), ("PREDICTOR_ID",), default_val))


def get_predictor_version(default_val: str = NONIMPLEMENTED_MSG) -> str:
    """The predictor's label ``version``. Raises BadSetting for labels that are no JSON object."""
    version = unit().predictor_version
    return default_val if version == NONIMPLEMENTED_MSG else version
