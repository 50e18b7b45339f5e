"""``seldon_core.seldon_client``: the client of components and deployments."""

from seldon_workbench.compat.lazy import names_of

_HOMES = {
    "SeldonCallCredentials": "seldon_workbench.companions.seldon_client",
    "SeldonChannelCredentials": "seldon_workbench.companions.seldon_client",
    "SeldonClient": "seldon_workbench.companions.seldon_client",
    "SeldonClientCombine": "seldon_workbench.companions.seldon_client",
    "SeldonClientException": "seldon_workbench.companions.seldon_client",
    "SeldonClientFeedback": "seldon_workbench.companions.seldon_client",
    "SeldonClientPrediction": "seldon_workbench.companions.seldon_client",
}

__all__ = [*_HOMES]

__getattr__ = names_of(__name__, _HOMES)
