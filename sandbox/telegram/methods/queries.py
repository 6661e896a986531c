"""Answers the bot owes: to a tapped button and to an inline query."""

import re
from typing import Any

from sandbox.telegram.entities import utf16_length
from sandbox.telegram.files import Upload
from sandbox.telegram.keyboards import checked_markup
from sandbox.telegram.refusals import violation
from sandbox.telegram.state import Json, World
from sandbox.telegram.texts import text_content

_START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def answer_callback_query(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#answercallbackquery"""
    if utf16_length(args.get("text", "")) > 200:
        raise violation("MESSAGE_TOO_LONG")
    if url := args.get("url"):
        bot = world.bot.user.username
        if not re.match(rf"(?:https?://)?(?:t\.me|telegram\.me)/{bot}\?start=|tg://", url):
            raise violation("URL_INVALID")
    world.answer(args["callback_query_id"], "callback_query", args)
    return True


async def answer_inline_query(world: World, args: Json, _: dict[str, Upload]) -> Any:
    """https://core.telegram.org/bots/api#answerinlinequery"""
    results = args["results"]
    if len(results) > 50:
        raise violation("RESULTS_TOO_MUCH")
    if len({result["id"] for result in results}) < len(results):
        raise violation("RESULT_ID_DUPLICATE")
    if len(args.get("next_offset", "").encode()) > 64:
        raise violation("NEXT_OFFSET_INVALID")
    button = args.get("button", {})
    if "start_parameter" in button and not _START_PARAMETER.fullmatch(button["start_parameter"]):
        raise violation("START_PARAM_INVALID")
    checked = [_checked(world, result) for result in results]
    world.answer(args["inline_query_id"], "inline_query", args | {"results": checked})
    return True


def _checked(world: World, result: Json) -> Json:
    if not 1 <= len(result["id"].encode()) <= 64:
        raise violation("RESULT_ID_INVALID")
    if not result["title"].strip():
        raise violation("ARTICLE_TITLE_EMPTY")
    content = text_content(world, result["input_message_content"], "message_text")
    return result | {"content": content, "reply_markup": checked_markup(result.get("reply_markup"))}


HANDLERS = {
    "answerCallbackQuery": answer_callback_query,
    "answerInlineQuery": answer_inline_query,
}
