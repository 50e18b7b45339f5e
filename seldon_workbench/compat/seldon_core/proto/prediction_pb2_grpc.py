"""Seldon's services: for each a stub, a servicer, and what lets a server answer for it."""

from seldon_workbench.server.stubs import service

__all__ = [
    "CombinerServicer",
    "CombinerStub",
    "GenericServicer",
    "GenericStub",
    "ModelServicer",
    "ModelStub",
    "OutputTransformerServicer",
    "OutputTransformerStub",
    "RouterServicer",
    "RouterStub",
    "SeldonServicer",
    "SeldonStub",
    "TransformerServicer",
    "TransformerStub",
    "add_CombinerServicer_to_server",
    "add_GenericServicer_to_server",
    "add_ModelServicer_to_server",
    "add_OutputTransformerServicer_to_server",
    "add_RouterServicer_to_server",
    "add_SeldonServicer_to_server",
    "add_TransformerServicer_to_server",
]

CombinerStub, CombinerServicer, add_CombinerServicer_to_server = service("Combiner")
GenericStub, GenericServicer, add_GenericServicer_to_server = service("Generic")
ModelStub, ModelServicer, add_ModelServicer_to_server = service("Model")
OutputTransformerStub, OutputTransformerServicer, add_OutputTransformerServicer_to_server = service(
    "OutputTransformer"
)
RouterStub, RouterServicer, add_RouterServicer_to_server = service("Router")
SeldonStub, SeldonServicer, add_SeldonServicer_to_server = service("Seldon")
TransformerStub, TransformerServicer, add_TransformerServicer_to_server = service("Transformer")
