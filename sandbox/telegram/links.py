"""Which links Telegram takes for links, in entities and under buttons (TDLib's LinkManager)."""

import re
from urllib.parse import parse_qs, urlsplit

_HOST = re.compile(r"(?:[^\s/?#@:]+\.)+[^\s/?#@:.]{2,}|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]")


def link_fault(url: str) -> str | None:
    """Why Telegram would refuse the link, in its words; None for a good one."""
    protocol, separator, rest = url.strip().partition("://")
    if not separator:
        protocol, rest = "http", url.strip()
    if protocol.lower() in {"tg", "ton", "tonsite"}:
        return None if rest else "Wrong HTTP URL"
    if protocol.lower() not in {"http", "https"}:
        return "Unsupported URL protocol"
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    host = re.sub(r":\d+$", "", authority)
    if not host:
        return "URL host is empty"
    return None if _HOST.fullmatch(host) else "Wrong HTTP URL"


def checked_link(url: str) -> str | None:
    """The link as Telegram keeps it, with a protocol and a path; None when it is no link."""
    url = url.strip()
    if link_fault(url):
        return None
    if "://" not in url:
        url = f"http://{url}"
    return url if re.search(r"://[^/]*[/?#]", url) else f"{url}/"


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
