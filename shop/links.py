"""Reading the link a customer sends: found in the text, normalised, and held against the service's platform."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from shop.platforms import OTHER, Platform, platform_of_host

LONGEST = 2048
ANYWHERE = {OTHER.slug, "web", "apps", "google", "liveapps", "hago", "uplive", "poppo"}

_URL = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:)?//[^\s<>\"]+|(?:[\w-]+\.)+[^\W\d_]{2,}(?::\d+)?(?:[/?#][^\s<>\"]*)?",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HANDLE = re.compile(r"@?([A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_])?|_[A-Za-z0-9._-]{1,62})")
_TRACKING = re.compile(
    r"utm_\w+|igshi?d?|igsh|si|feature|fbclid|gclid|mibextid|_[rt]|is_from_webapp|sender_device|share_\w+|ref_src|ref_url|s|t",
    re.IGNORECASE,
)
_KEPT = {
    "youtube": {"v", "list", "t"},
    "facebook": None,
    "web": None,
    "other": None,
    "google": None,
    "apps": None,
}
_TRAILING = ".,;:!?)]}'\"»…"
_PRIVATE_PATHS = {
    "telegram": re.compile(r"/(?:\+|joinchat/|c/\d)"),
    "instagram": re.compile(r"/(?:direct|accounts)(?:/|$)"),
    "facebook": re.compile(r"/(?:login|checkpoint)(?:[/.]|$)"),
}


class LinkReason(StrEnum):
    """Why a link is not taken."""

    EMPTY = "empty"
    MALFORMED = "malformed"
    PRIVATE = "private"
    FOREIGN = "foreign"
    HANDLE_NOT_TAKEN = "handle_not_taken"
    TOO_LONG = "too_long"
    SEVERAL = "several"


class LinkProblem(ValueError):
    """A link that is not taken; `found` is the platform it belongs to, where known."""

    def __init__(self, reason: LinkReason, found: Platform | None = None) -> None:
        """Say why."""
        super().__init__(reason)
        self.reason = reason
        self.found = found


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is sent to the panel (`url`) and shown (`shown`), and the platform its host belongs to."""

    url: str
    shown: str
    platform: Platform | None


def parse_link(text: str, platform: Platform, *, insist: bool = False) -> Link:
    """Return the link in `text`: a URL with or without https, words around it, a @name or bare name where taken.

    `insist` takes a well-formed link of another platform. Raises LinkProblem.
    """
    text = text.strip()
    if not text:
        raise LinkProblem(LinkReason.EMPTY)
    if text.lower().startswith("tg://resolve?"):
        text = "https://t.me/" + dict(parse_qsl(text.split("?", 1)[1])).get("domain", "")
    found = list(dict.fromkeys(url.rstrip(_TRAILING) for url in _URL.findall(text)))
    if text.startswith("@") and " " not in text:
        found = []
    if not found:
        return _from_handle(text, platform)
    if len(found) > 1:
        found = [url for url in found if "/" in url.split("//")[-1]] or found
    if len({_normal_or_none(url) for url in found}) > 1:
        raise LinkProblem(LinkReason.SEVERAL)
    link = _normalise(found[0])
    if link.platform is not platform and platform.hosts and not insist and platform.slug not in ANYWHERE:
        raise LinkProblem(LinkReason.FOREIGN, link.platform)
    return link


def _from_handle(text: str, platform: Platform) -> Link:
    if len(text) > LONGEST:
        raise LinkProblem(LinkReason.TOO_LONG)
    handle = _HANDLE.fullmatch(text)
    if handle is None:
        looks_like_link = _SCHEME.match(text) is not None or "/" in text
        is_words = not looks_like_link and (" " in text or "\n" in text or not text.isascii())
        raise LinkProblem(LinkReason.EMPTY if is_words else LinkReason.MALFORMED)
    if platform.handle_url is None:
        raise LinkProblem(LinkReason.HANDLE_NOT_TAKEN)
    url = platform.handle_url.format(handle.group(1))
    return Link(url, url.removeprefix("https://"), platform)


def _normal_or_none(url: str) -> str | None:
    try:
        return _normalise(url).url
    except LinkProblem:
        return None


def _normalise(url: str) -> Link:
    if len(url) > LONGEST:
        raise LinkProblem(LinkReason.TOO_LONG)
    scheme = _SCHEME.match(url)
    if scheme is None:
        url = f"https:{url}" if url.startswith("//") else f"https://{url}"
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower().rstrip(".")
        port = parts.port
        host = host.encode("idna").decode() if not host.isascii() else host
    except (ValueError, UnicodeError):
        raise LinkProblem(LinkReason.MALFORMED) from None
    if parts.scheme.lower() not in {"http", "https"} or not host:
        raise LinkProblem(LinkReason.MALFORMED)
    if parts.username is not None or parts.password is not None or _is_local(host):
        raise LinkProblem(LinkReason.PRIVATE)
    if not re.fullmatch(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", host):
        raise LinkProblem(LinkReason.MALFORMED)
    platform = platform_of_host(host)
    slug = platform.slug if platform else OTHER.slug
    if slug in _PRIVATE_PATHS and _PRIVATE_PATHS[slug].match(parts.path):
        raise LinkProblem(LinkReason.PRIVATE)
    if platform is not None and platform.slug not in ANYWHERE and not parts.path.strip("/"):
        raise LinkProblem(LinkReason.MALFORMED)  # the front page of a platform is nobody's profile
    kept_host = re.sub(r"^(?:www|m|mobile)\.", "", host) if platform else host
    netloc = (
        kept_host if port is None or (parts.scheme, port) in {("https", 443), ("http", 80)} else f"{kept_host}:{port}"
    )
    path = parts.path.rstrip("/")
    clean = SplitResult("https" if platform else parts.scheme.lower(), netloc, path, _query(parts.query, slug), "")
    normal = urlunsplit(clean)
    if len(normal) > LONGEST:
        raise LinkProblem(LinkReason.TOO_LONG)
    return Link(normal, normal.split("://", 1)[1], platform)


def _query(query: str, slug: str) -> str:
    """Drop what only tracks the sharer; keep what names the thing."""
    pairs = parse_qsl(query, keep_blank_values=True)
    if slug in _KEPT and _KEPT[slug] is None:
        pairs = [(name, value) for name, value in pairs if not re.fullmatch(r"utm_\w+|fbclid|gclid|mibextid", name)]
    else:
        allowed = _KEPT.get(slug) or set()
        pairs = [(name, value) for name, value in pairs if name in allowed or not _TRACKING.fullmatch(name)]
    return urlencode(pairs)


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".lan")):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return not address.is_global
