"""TCP ports on this machine."""

import socket

from .errors import ToolError

HOST = "127.0.0.1"


def any_free():
    """A port that nobody serves."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def require_free(port):
    """Refuse a port that somebody else serves."""
    if not 0 < port < 65536:
        raise ToolError(f"{port} is no port", "Use one from 1024 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise ToolError(
                f"port {port} is reserved for root", "Use one above 1023."
            ) from None
        except OSError:
            raise ToolError(
                f"port {port} is taken",
                f"Stop what uses it, or: make run PORT={port + 1}",
            ) from None
