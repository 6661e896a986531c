"""The sandbox in a browser: phones that talk to the bot, and a drawer with the panel and the calls beside them."""

from sandbox.page.server import Page

__all__ = ["Page"]
