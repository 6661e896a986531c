"""Which links Telegram takes for links, in entities and under buttons (TDLib's LinkManager)."""

import re
from urllib.parse import parse_qs, urlsplit

_HOST = re.compile(r"[^\s/?#@:\\]*[^\s/?#@:\\.][^\s/?#@:\\]*\.[^\s/?#@:\\]*|\[[0-9a-fA-F:]+\]")
_OWN = {"tg", "ton", "tonsite"}


def link_fault(url: str) -> str | None:
    """Why Telegram would refuse the link, in its words; None for a good one."""
    protocol, rest = _halves(url.strip())
    if protocol in _OWN:
        return None if rest else "Wrong HTTP URL"
    if protocol not in {"http", "https"}:
        return "Unsupported URL protocol"
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    port = re.search(r":(\d*)$", authority)
    host = authority[: port.start()] if port else authority
    if not host:
        return "URL host is empty"
    right_port = port is None or 0 < int(port.group(1) or 0) < 65536
    return None if _HOST.fullmatch(host) and right_port else "Wrong HTTP URL"


def checked_link(url: str) -> str | None:
    """The link as Telegram keeps it, with a protocol and a path; None when it is no link."""
    if url != url.strip() or link_fault(url):
        return None
    protocol, rest = _halves(url)
    if protocol == "tg":
        return f"tg://{rest}"
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    path = re.sub(r"[\x00-\x20]", lambda found: f"%{ord(found.group()):02X}", rest[len(authority) :])
    user, at, host = authority.rpartition("@")
    host = re.sub(r"[A-Z]", lambda found: found.group().lower(), host)
    return f"{protocol}://{user}{at}{host}{'' if path.startswith('/') else '/'}{path}"


def _halves(url: str) -> tuple[str, str]:
    protocol, separator, rest = url.partition("://")
    if not separator and url.lower().startswith("tg:"):
        return "tg", url[3:]
    return (protocol.lower(), rest) if separator else ("http", url)


def start_parameter(url: str, username: str) -> str | None:
    """What a deep link hands to the bot of this name; None when the link does not start it.

    https://core.telegram.org/api/links#bot-links
    """
    parts = urlsplit(url if "://" in url else f"https://{url}")
    query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    bot = query.get("domain", "") if parts.scheme == "tg" and parts.netloc == "resolve" else ""
    if parts.scheme in {"http", "https"} and parts.netloc.lower() in {"t.me", "telegram.me", "telegram.dog"}:
        bot = parts.path.strip("/")
    return query.get("start") if bot.lower() == username.lower() else None
