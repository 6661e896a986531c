"""A panel of the API v2 on loopback: a catalogue, orders that move with time, and faults on demand."""

from sandbox.panel.account import Call
from sandbox.panel.faults import Fault, PanelFault
from sandbox.panel.orders import SandboxOrder
from sandbox.panel.server import SandboxPanel

__all__ = ["Call", "Fault", "PanelFault", "SandboxOrder", "SandboxPanel"]
