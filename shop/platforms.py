"""Which platform a service is for, read off the names that panels give categories and services."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Platform:
    """Where links lead. `slug` (at most 12 letters) stands in buttons; `handle_url` turns a @name into a link."""

    slug: str
    name: str
    emoji: str
    hosts: tuple[str, ...] = ()
    handle_url: str | None = None
    example: str = ""

    @property
    def handle_example(self) -> str:
        """A name of the kind the platform takes in place of a link."""
        return "@" + self.example.rstrip("/").split("/")[-1].lstrip("@")


def _p(
    slug: str,
    name: str,
    emoji: str,
    hosts: str = "",
    *,
    handle: str | None = None,
    example: str | None = None,
) -> Platform:
    domains = tuple(hosts.split())
    shown = example or (f"{domains[0]}/…" if domains else "example.com/page")
    return Platform(slug, name, emoji, domains, handle, shown)


_ALL = (
    _p("instagram", "Instagram", "📸", "instagram.com instagr.am", handle="https://instagram.com/{}", example="instagram.com/nasa"),
    _p("tiktok", "TikTok", "🎵", "tiktok.com", handle="https://tiktok.com/@{}", example="tiktok.com/@nasa"),
    _p("youtube", "YouTube", "▶️", "youtube.com youtu.be", handle="https://youtube.com/@{}", example="youtube.com/@nasa"),
    _p("telegram", "Telegram", "✈️", "t.me telegram.me telegram.dog telesco.pe", handle="https://t.me/{}", example="t.me/durov"),
    _p("facebook", "Facebook", "📘", "facebook.com fb.com fb.watch fb.me", handle="https://facebook.com/{}", example="facebook.com/nasa"),
    _p("twitter", "X (Twitter)", "🐦", "x.com twitter.com t.co", handle="https://x.com/{}", example="x.com/nasa"),
    _p("threads", "Threads", "🧵", "threads.net threads.com", handle="https://threads.net/@{}", example="threads.net/@nasa"),
    _p("whatsapp", "WhatsApp", "💬", "whatsapp.com wa.me", example="whatsapp.com/channel/…"),
    _p("snapchat", "Snapchat", "👻", "snapchat.com", handle="https://snapchat.com/add/{}", example="snapchat.com/add/nasa"),
    _p("linkedin", "LinkedIn", "💼", "linkedin.com lnkd.in", example="linkedin.com/in/…"),
    _p("pinterest", "Pinterest", "📌", "pinterest.com pin.it", handle="https://pinterest.com/{}", example="pinterest.com/nasa"),
    _p("reddit", "Reddit", "👽", "reddit.com redd.it", example="reddit.com/r/space"),
    _p("vk", "VK", "🔵", "vk.com vk.ru vkvideo.ru", handle="https://vk.com/{}", example="vk.com/durov"),
    _p("ok", "OK", "🟠", "ok.ru odnoklassniki.ru"),
    _p("rutube", "Rutube", "📺", "rutube.ru"),
    _p("dzen", "Dzen", "📰", "dzen.ru zen.yandex.ru"),
    _p("twitch", "Twitch", "🟣", "twitch.tv", handle="https://twitch.tv/{}", example="twitch.tv/nasa"),
    _p("kick", "Kick", "🟢", "kick.com", handle="https://kick.com/{}", example="kick.com/name"),
    _p("discord", "Discord", "🎮", "discord.gg discord.com", example="discord.gg/…"),
    _p("spotify", "Spotify", "🎧", "spotify.com spotify.link", example="open.spotify.com/track/…"),
    _p("soundcloud", "SoundCloud", "☁️", "soundcloud.com snd.sc"),
    _p("deezer", "Deezer", "🎼", "deezer.com deezer.page.link"),
    _p("mixcloud", "Mixcloud", "🎚", "mixcloud.com"),
    _p("applemusic", "Apple Music", "🍎", "music.apple.com"),
    _p("shazam", "Shazam", "🌀", "shazam.com"),
    _p("audiomack", "Audiomack", "🎶", "audiomack.com"),
    _p("tidal", "Tidal", "🌊", "tidal.com"),
    _p("kwai", "Kwai", "🎬", "kwai.com kw.ai kwai-video.com"),
    _p("likee", "Likee", "💖", "likee.video likee.com"),
    _p("bigo", "Bigo Live", "🎙", "bigo.tv"),
    _p("trovo", "Trovo", "🕹", "trovo.live"),
    _p("tango", "Tango", "💃", "tango.me"),
    _p("jaco", "Jaco", "📡", "jaco.live"),
    _p("hago", "Hago", "🎲"),
    _p("uplive", "Uplive", "🎤"),
    _p("poppo", "Poppo", "🎈"),
    _p("liveapps", "Live apps", "🔴"),
    _p("rumble", "Rumble", "🥊", "rumble.com"),
    _p("vimeo", "Vimeo", "🎞", "vimeo.com"),
    _p("dailymotion", "Dailymotion", "📹", "dailymotion.com dai.ly"),
    _p("quora", "Quora", "❔", "quora.com"),
    _p("tumblr", "Tumblr", "📓", "tumblr.com"),
    _p("medium", "Medium", "✍️", "medium.com"),
    _p("clubhouse", "Clubhouse", "👋", "clubhouse.com joinclubhouse.com"),
    _p("bluesky", "Bluesky", "🦋", "bsky.app"),
    _p("lemon8", "Lemon8", "🍋", "lemon8-app.com lemon8.com"),
    _p("steam", "Steam", "♨️", "steamcommunity.com steampowered.com"),
    _p("roblox", "Roblox", "🧱", "roblox.com"),
    _p("google", "Google", "🔎", "google.com goo.gl g.page g.co", example="maps.app.goo.gl/…"),
    _p("apps", "App stores", "📱", "play.google.com apps.apple.com", example="play.google.com/store/apps/details?id=…"),
    _p("web", "Website traffic", "🌐", example="example.com/page"),
    _p("other", "Other", "✨", example="example.com/page"),
)  # fmt: skip

PLATFORMS: Mapping[str, Platform] = MappingProxyType({platform.slug: platform for platform in _ALL})
OTHER = PLATFORMS["other"]

# The first pattern found decides, so what is unmistakable stands before what is short.
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("instagram", r"instagram|\big\b|\binsta\b|\bigtv\b|инстаграм\w*|\bинста\b"),
    ("tiktok", r"tik ?tok|тик ?ток|\btt\b"),
    ("youtube", r"you ?tube|\byt\b|ютуб\w*|ютюб\w*"),
    ("applemusic", r"apple ?music"),
    ("telegram", r"telegram|\btg\b|телеграм\w*|\bтг\b"),
    ("facebook", r"face ?book|\bfb\b|фейсбук"),
    ("twitter", r"twitter|твиттер|\btweets?\b|\bretweets?\b|^\W*x\b(?! ?\d)|\bx (?:followers|likes|views|posts?|spaces?)\b"),
    ("threads", r"\bthreads?\b"),
    ("whatsapp", r"whats ?app|ватсап|вотсап"),
    ("snapchat", r"snap ?chat"),
    ("linkedin", r"linked ?in"),
    ("pinterest", r"pinterest"),
    ("reddit", r"reddit"),
    ("vk", r"\bvk\b|v ?kontakte|\bвк\b|вконтакте"),
    ("ok", r"odnoklassniki|одноклассник\w*|\bok\.ru\b"),
    ("rutube", r"rutube|рутуб\w*"),
    ("dzen", r"\bdzen\b|дзен"),
    ("twitch", r"twitch"),
    ("kick", r"\bkick(?:\.com)?\b"),
    ("discord", r"discord"),
    ("spotify", r"spotify"),
    ("soundcloud", r"sound ?cloud"),
    ("deezer", r"deezer"),
    ("mixcloud", r"mix ?cloud"),
    ("shazam", r"shazam"),
    ("audiomack", r"audiomack"),
    ("tidal", r"\btidal\b"),
    ("kwai", r"\bkwai\b"),
    ("likee", r"\blikee\b"),
    ("bigo", r"\bbigo\b"),
    ("trovo", r"\btrovo\b"),
    ("tango", r"\btango\b"),
    ("jaco", r"\bjaco\b"),
    ("hago", r"\bhago\b"),
    ("uplive", r"\bup ?live\b"),
    ("poppo", r"\bpoppo\b"),
    ("liveapps", r"\bolamet\b|\bmeyo\b|\bmico\b|\bbuzzcast\b|\bchamet\b|\bnimo\b"),
    ("rumble", r"\brumble\b"),
    ("vimeo", r"\bvimeo\b"),
    ("dailymotion", r"daily ?motion"),
    ("quora", r"\bquora\b"),
    ("tumblr", r"\btumblr\b"),
    ("medium", r"^\W*medium\b"),
    ("clubhouse", r"club ?house"),
    ("bluesky", r"blue ?sky"),
    ("lemon8", r"\blemon ?8\b"),
    ("steam", r"\bsteam\b"),
    ("roblox", r"\broblox\b"),
    ("apps", r"\bapp (?:installs?|rating|reviews?)\b|\bapp store\b|\bplay ?store\b|google play|mobile app"),
    ("google", r"\bgoogle (?:reviews?|maps?|business)\b"),
    ("web", r"web ?site|\btraffic\b|backlinks?|\bseo\b|трафик"),
    ("google", r"\bgoogle\b"),
)  # fmt: skip
_COMPILED = tuple((PLATFORMS[slug], re.compile(pattern)) for slug, pattern in _PATTERNS)


@lru_cache(maxsize=50_000)
def _named(text: str) -> Platform | None:
    words = unicodedata.normalize("NFKC", text).lower().replace("_", " ")
    return next((platform for platform, pattern in _COMPILED if pattern.search(words)), None)


def recognise(category: str, name: str) -> Platform:
    """Return the platform the category names, else the one the service's name names, else OTHER."""
    return _named(category) or _named(name) or OTHER


def platform_of_host(host: str) -> Platform | None:
    """Return the platform a host name belongs to; the longest match wins (play.google.com before google.com)."""
    best: tuple[int, Platform] | None = None
    for platform in _ALL:
        for known in platform.hosts:
            if (host == known or host.endswith(f".{known}")) and (best is None or len(known) > best[0]):
                best = (len(known), platform)
    return best[1] if best else None
