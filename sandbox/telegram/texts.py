"""The words of a message on their way in: parsed, trimmed, measured, with their entities checked."""

from typing import Any

from sandbox.telegram.detection import found_entities
from sandbox.telegram.entities import Entity, in_order, parse_html, trimmed, utf16_length
from sandbox.telegram.links import link_fault
from sandbox.telegram.refusals import violation
from sandbox.telegram.state import World

Json = dict[str, Any]

_TEXT_LIMIT = 4096
_CAPTION_LIMIT = 1024
# Telegram silently drops the formatting beyond this.
_ENTITY_LIMIT = 100
_ENTITY_TYPES = {
    "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic",
    "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre",
    "text_link", "text_mention", "custom_emoji", "date_time",
}  # fmt: skip
_NEEDED = {
    "text_link": "url",
    "text_mention": "user",
    "custom_emoji": "custom_emoji_id",
    "date_time": "unix_time",
}


def text_content(world: World, args: Json, text: str = "text", entities: str = "entities") -> Json:
    """The `text` and `entities` of a message from the parameters of a call; raises Violation."""
    words, found = _parsed(world, args, args.get(text), args.get(entities))
    if not args.get(text):
        raise violation("message text is empty")
    if not words:
        raise violation("text must be non-empty")
    if utf16_length(words) > _TEXT_LIMIT:
        raise violation("message is too long")
    return {"text": words} | ({"entities": found} if found else {})


def caption_content(world: World, args: Json) -> Json:
    """The `caption` and `caption_entities`, empty when there is none; raises Violation."""
    words, found = _parsed(world, args, args.get("caption"), args.get("caption_entities"))
    if utf16_length(words) > _CAPTION_LIMIT:
        raise violation("message caption is too long")
    content: Json = {"caption": words} if words else {}
    return content | ({"caption_entities": found} if found else {})


def _parsed(world: World, args: Json, text: str | None, explicit: list[Entity] | None) -> tuple[str, list[Entity]]:
    mode = str(args.get("parse_mode") or "").lower()
    if mode not in {"", "html"}:
        raise violation("unsupported parse_mode")
    words, entities = parse_html(text or "") if mode else (text or "", _checked(text or "", explicit or []))
    words, entities = trimmed(words, entities)
    if len(entities) > _ENTITY_LIMIT:
        raise violation(f"more than {_ENTITY_LIMIT} entities; the rest would lose its formatting")
    known = []
    for entity in entities:
        if "user_id" in entity:
            user = world.users.get(entity.pop("user_id"))
            if user is None:
                continue
            entity["user"] = user.as_json()
        known.append(entity)
    return words, found_entities(words, known)


def _checked(text: str, entities: list[Entity]) -> list[Entity]:
    end = utf16_length(text)
    for entity in entities:
        begin, length = entity["offset"], entity["length"]
        if entity["type"] not in _ENTITY_TYPES:
            raise violation("can't parse MessageEntity: Unsupported type specified")
        if begin < 0:
            raise violation(f"receive an entity with incorrect offset {begin}")
        if begin > end:
            raise violation(f"entity begins after the end of the text at UTF-16 offset {begin}")
        if begin + length > end:
            raise violation(
                f"entity beginning at UTF-16 offset {begin} ends after the end of the text "
                f"at UTF-16 offset {begin + length}"
            )
        field = _NEEDED.get(entity["type"])
        if field and field not in entity:
            raise violation(f"can't parse MessageEntity: Can't find field \"{field}\"")
        if entity["type"] == "text_link" and (fault := link_fault(entity["url"])):
            raise violation(f"entity URL '{entity['url']}' is invalid: {fault}")
    return in_order(entities)
