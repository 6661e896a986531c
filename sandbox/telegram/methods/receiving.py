"""How the bot gets its updates: long polling, or a webhook; and how it leaves the server."""

import re
from typing import Any

from yarl import URL

from sandbox.telegram.files import Upload
from sandbox.telegram.refusals import Refusal, violation
from sandbox.telegram.state import Json, Webhook, World

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_PORTS = {80, 88, 443, 8443}


async def get_updates(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#getupdates"""
    if world.webhook.url:
        text = "can't use getUpdates method while webhook is active"
        raise Refusal(f"Conflict: {text}; use deleteWebhook to delete the webhook first", 409)
    limit, timeout = args.get("limit", 100), args.get("timeout", 0)
    if not 1 <= limit <= 100:
        raise violation("limit must be between 1 and 100")
    # telegram-bot-api cuts longer waits to this.
    timeout = min(max(timeout, 0), 50)
    world.updates.allow(args.get("allowed_updates"))
    updates = await world.updates.poll(args.get("offset", 0), limit, timeout)
    for update in updates:
        world.hand_out(update)
    return updates


async def set_webhook(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#setwebhook; plain http is taken for loopback addresses."""
    if not args["url"]:
        return await delete_webhook(world, args, {})
    url = URL(args["url"])
    if url.scheme != "https" and not (url.scheme == "http" and url.host in _LOOPBACK):
        raise violation("bad webhook: An HTTPS URL must be provided for webhook")
    if url.host not in _LOOPBACK and url.port not in _PORTS:
        raise violation("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    secret = args.get("secret_token", "")
    if len(secret) > 256:
        raise violation("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise violation("secret token contains unallowed characters")
    connections = args.get("max_connections", 40)
    if not 1 <= connections <= 100:
        raise violation("max_connections must be between 1 and 100")
    world.updates.allow(args.get("allowed_updates"))
    _forget_pending(world, args)
    world.webhook = Webhook(str(url), secret, connections)
    world.updates.wake()
    world.publish("webhook")
    return True


def _forget_pending(world: World, args: Json) -> None:
    if args.get("drop_pending_updates"):
        world.updates.drop(world.updates.pending)


async def delete_webhook(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#deletewebhook"""
    _forget_pending(world, args)
    world.webhook = Webhook()
    world.publish("webhook")
    return True


async def get_webhook_info(world: World, _: Json, __: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#getwebhookinfo"""
    webhook = world.webhook
    info: Json = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.pending),
    }
    if webhook.url:
        info["max_connections"] = webhook.max_connections
    if webhook.last_error_at:
        info["last_error_date"] = int(webhook.last_error_at.timestamp())
        info["last_error_message"] = webhook.last_error
    if world.updates.allowed:
        info["allowed_updates"] = world.updates.allowed
    return info


async def log_out(world: World, _: Json, __: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#logout; every later call is refused."""
    world.logged_out = True
    return True


async def close(_: World, __: Json, ___: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#close"""
    return True


HANDLERS = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "logOut": log_out,
    "close": close,
}
