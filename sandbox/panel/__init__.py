"""A panel on loopback: the documented API v2, orders that move with time, and every fault on demand."""

from sandbox.panel.faults import PanelFault
from sandbox.panel.orders import SandboxOrder
from sandbox.panel.server import Call, SandboxPanel

__all__ = ["Call", "PanelFault", "SandboxOrder", "SandboxPanel"]
