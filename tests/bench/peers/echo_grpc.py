"""The limit of a gRPC server in Python: raw bytes back as they came, one thread; the argument is the port."""

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc


def echo(message: bytes, context: grpc.ServicerContext) -> bytes:
    """What was sent, never parsed."""
    return message


class EveryMethod(grpc.GenericRpcHandler):
    """Answers every unary method, without serializers."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes]":
        """The one handler."""
        return grpc.unary_unary_rpc_method_handler(echo)


def main() -> None:
    """Serve until killed."""
    server = grpc.server(
        ThreadPoolExecutor(max_workers=1), handlers=[EveryMethod()], options=[("grpc.so_reuseport", 0)]
    )
    server.add_insecure_port(f"127.0.0.1:{int(sys.argv[1])}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
