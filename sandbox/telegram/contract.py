"""What the server takes: the methods and objects of Bot API 10.3 it knows, as a table, and the check by it.

Source: https://core.telegram.org/bots/api. A parameter that is part of the Bot API but not in this table
(business connections, forum topics, rich messages, …) is refused like one that does not exist.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from sandbox.telegram.refusals import violation

# `!` marks what is required; a type that is not named is String.
_METHODS = """
getMe: User
getUpdates: Array of Update = offset:Integer limit:Integer timeout:Integer allowed_updates:String[]
setWebhook: True = url! ip_address max_connections:Integer allowed_updates:String[]
  drop_pending_updates:Boolean secret_token
deleteWebhook: True = drop_pending_updates:Boolean
getWebhookInfo: WebhookInfo
logOut: True
close: True
sendMessage: Message = chat_id!:Integer|String text! parse_mode entities:MessageEntity[]
  link_preview_options:LinkPreviewOptions @send
sendPhoto: Message = chat_id!:Integer|String photo!:InputFile|String @caption show_caption_above_media:Boolean
  has_spoiler:Boolean @send
sendDocument: Message = chat_id!:Integer|String document!:InputFile|String thumbnail:InputFile|String @caption
  disable_content_type_detection:Boolean @send
sendChatAction: True = chat_id!:Integer|String action!
editMessageText: Message = @edited text parse_mode entities:MessageEntity[]
  link_preview_options:LinkPreviewOptions
editMessageCaption: Message = @edited @caption show_caption_above_media:Boolean
editMessageMedia: Message = @edited media!:InputMedia
editMessageReplyMarkup: Message = @edited
deleteMessage: True = chat_id!:Integer|String message_id!:Integer
deleteMessages: True = chat_id!:Integer|String message_ids!:Integer[]
setMessageReaction: True = chat_id!:Integer|String message_id!:Integer reaction:ReactionType[] is_big:Boolean
pinChatMessage: True = chat_id!:Integer|String message_id!:Integer disable_notification:Boolean
unpinChatMessage: True = chat_id!:Integer|String message_id:Integer
unpinAllChatMessages: True = chat_id!:Integer|String
getChat: ChatFullInfo = chat_id!:Integer|String
getChatMember: ChatMember = chat_id!:Integer|String user_id!:Integer
getFile: File = file_id!
answerCallbackQuery: True = callback_query_id! text show_alert:Boolean url cache_time:Integer
answerInlineQuery: True = inline_query_id! results!:InlineQueryResult[] cache_time:Integer is_personal:Boolean
  next_offset button:InlineQueryResultsButton
setMyCommands: True = commands!:BotCommand[] scope:BotCommandScope language_code
getMyCommands: Array of BotCommand = scope:BotCommandScope language_code
deleteMyCommands: True = scope:BotCommandScope language_code
setMyName: True = name language_code
getMyName: BotName = language_code
setMyDescription: True = description language_code
getMyDescription: BotDescription = language_code
setMyShortDescription: True = short_description language_code
getMyShortDescription: BotShortDescription = language_code
setChatMenuButton: True = chat_id:Integer menu_button:MenuButton
getChatMenuButton: MenuButton = chat_id:Integer
sendInvoice: Message = chat_id!:Integer|String @invoice start_parameter disable_notification:Boolean
  protect_content:Boolean message_effect_id reply_parameters:ReplyParameters reply_markup:InlineKeyboardMarkup
createInvoiceLink: String = @invoice
answerPreCheckoutQuery: True = pre_checkout_query_id! ok!:Boolean error_message
refundStarPayment: True = user_id!:Integer telegram_payment_charge_id!
getStarTransactions: StarTransactions = offset:Integer limit:Integer
getMyStarBalance: StarAmount
"""

_SHARED = {
    "@send": (
        "disable_notification:Boolean protect_content:Boolean message_effect_id "
        "reply_parameters:ReplyParameters "
        "reply_markup:InlineKeyboardMarkup|ReplyKeyboardMarkup|ReplyKeyboardRemove|ForceReply"
    ),
    "@edited": ("chat_id:Integer|String message_id:Integer inline_message_id reply_markup:InlineKeyboardMarkup"),
    "@caption": "caption parse_mode caption_entities:MessageEntity[]",
    "@invoice": (
        "title! description! payload! provider_token currency! prices!:LabeledPrice[] photo_url "
        "photo_size:Integer photo_width:Integer photo_height:Integer"
    ),
}

_OBJECTS = """
MessageEntity = type! offset!:Integer length!:Integer url user:User language custom_emoji_id
  unix_time:Integer date_time_format
User = id!:Integer is_bot!:Boolean first_name! last_name username language_code
LinkPreviewOptions = is_disabled:Boolean url prefer_small_media:Boolean prefer_large_media:Boolean
  show_above_text:Boolean
ReplyParameters = message_id:Integer chat_id:Integer|String allow_sending_without_reply:Boolean quote quote_parse_mode
InlineKeyboardMarkup = inline_keyboard!:InlineKeyboardButton[][]
InlineKeyboardButton = text! icon_custom_emoji_id style url callback_data web_app:WebAppInfo
  switch_inline_query switch_inline_query_current_chat
  switch_inline_query_chosen_chat:SwitchInlineQueryChosenChat
  copy_text:CopyTextButton pay:Boolean disabled:DisabledButton
WebAppInfo = url!
SwitchInlineQueryChosenChat = query allow_user_chats:Boolean allow_bot_chats:Boolean allow_group_chats:Boolean
  allow_channel_chats:Boolean
CopyTextButton = text!
DisabledButton =
ReplyKeyboardMarkup = keyboard!:KeyboardButton[][] is_persistent:Boolean resize_keyboard:Boolean
  one_time_keyboard:Boolean input_field_placeholder selective:Boolean
KeyboardButton = text! style
ReplyKeyboardRemove = remove_keyboard!:True selective:Boolean
ForceReply = force_reply!:True input_field_placeholder selective:Boolean
InputMediaPhoto = type! media! caption parse_mode caption_entities:MessageEntity[]
  show_caption_above_media:Boolean has_spoiler:Boolean
InputMediaDocument = type! media! thumbnail caption parse_mode caption_entities:MessageEntity[]
  disable_content_type_detection:Boolean
ReactionTypeEmoji = type! emoji!
BotCommand = command! description!
BotCommandScopeDefault = type!
BotCommandScopeAllPrivateChats = type!
BotCommandScopeAllGroupChats = type!
BotCommandScopeAllChatAdministrators = type!
BotCommandScopeChat = type! chat_id!:Integer|String
BotCommandScopeChatAdministrators = type! chat_id!:Integer|String
BotCommandScopeChatMember = type! chat_id!:Integer|String user_id!:Integer
MenuButtonDefault = type!
MenuButtonCommands = type!
MenuButtonWebApp = type! text! web_app!:WebAppInfo
LabeledPrice = label! amount!:Integer
InlineQueryResultArticle = type! id! title! input_message_content!:InputMessageContent
  reply_markup:InlineKeyboardMarkup url description thumbnail_url thumbnail_width:Integer
  thumbnail_height:Integer
InputTextMessageContent = message_text! parse_mode entities:MessageEntity[]
  link_preview_options:LinkPreviewOptions
InlineQueryResultsButton = text! start_parameter
"""

_UNIONS = {
    "InputMedia": {"photo": "InputMediaPhoto", "document": "InputMediaDocument"},
    "ReactionType": {"emoji": "ReactionTypeEmoji"},
    "BotCommandScope": {
        "default": "BotCommandScopeDefault",
        "all_private_chats": "BotCommandScopeAllPrivateChats",
        "all_group_chats": "BotCommandScopeAllGroupChats",
        "all_chat_administrators": "BotCommandScopeAllChatAdministrators",
        "chat": "BotCommandScopeChat",
        "chat_administrators": "BotCommandScopeChatAdministrators",
        "chat_member": "BotCommandScopeChatMember",
    },
    "MenuButton": {
        "default": "MenuButtonDefault",
        "commands": "MenuButtonCommands",
        "web_app": "MenuButtonWebApp",
    },
    "InlineQueryResult": {"article": "InlineQueryResultArticle"},
}

# Reply markups and message contents carry no `type`: a field of theirs tells which one it is.
_TOLD_BY_FIELD = {
    "InlineKeyboardMarkup": "inline_keyboard",
    "ReplyKeyboardMarkup": "keyboard",
    "ReplyKeyboardRemove": "remove_keyboard",
    "ForceReply": "force_reply",
}

_MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
}


@dataclass(frozen=True)
class Field:
    """One parameter of a method or one field of an object; `types` are alternatives."""

    types: tuple[str, ...]
    required: bool


@dataclass(frozen=True)
class Method:
    """A method by the name Telegram gives it, the type it returns and its parameters."""

    name: str
    returns: str
    fields: dict[str, Field]


def _fields(text: str) -> dict[str, Field]:
    for name, group in _SHARED.items():
        text = text.replace(name, group)
    fields = {}
    for word in text.split():
        name, _, types = word.partition(":")
        fields[name.rstrip("!")] = Field(tuple((types or "String").split("|")), name.endswith("!"))
    return fields


def _entries(table: str) -> list[tuple[str, str]]:
    lines = table.replace("\n  ", " ").strip().splitlines()
    return [(head.strip(), body) for head, _, body in (line.partition("=") for line in lines)]


METHODS = {
    name: Method(name, returns.strip(), _fields(body))
    for head, body in _entries(_METHODS)
    for name, _, returns in [head.partition(":")]
}
OBJECTS = {name: _fields(body) for name, body in _entries(_OBJECTS)}
# Method names are not case sensitive (telegram-bot-api, Client.cpp).
BY_LOWER_NAME = {name.lower(): method for name, method in METHODS.items()}


def check_call(method: Method, raw: dict[str, Any], uploads: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a call as typed values, in place of what came over the wire.

    `raw` holds strings where the call came as a form, JSON values where it came as JSON; `uploads` are the
    files of a multipart call by their field. Raises Violation for what the method does not take.
    """
    arguments: dict[str, Any] = {}
    for name, value in raw.items():
        field = method.fields.get(name)
        if field is None:
            raise violation(f'{method.name} takes no parameter "{name}" here')
        if value is not None:
            arguments[name] = _parameter(value, field.types, name)
    for name in uploads:
        if "InputFile" in (field.types if (field := method.fields.get(name)) else ()):
            arguments[name] = f"attach://{name}"
        elif f"attach://{name}" not in json.dumps(arguments, ensure_ascii=False):
            raise violation(f'{method.name} takes no file "{name}" here')
    for name, field in method.fields.items():
        if field.required and (name not in arguments or (name == "chat_id" and arguments[name] == "")):
            raise violation(_MISSING.get(name, f'parameter "{name}" is required'))
    return arguments


def _parameter(value: Any, types: tuple[str, ...], name: str) -> Any:
    if not isinstance(value, str) or set(types) <= {"String", "InputFile"}:
        return _checked(value, types, name)
    if "Integer" in types and re.fullmatch(r"-?\d{1,19}", value):
        return int(value)
    if "String" in types:
        return value
    if types == ("Boolean",) and value.lower() in {"true", "false", "1", "0"}:
        return value.lower() in {"true", "1"}
    try:
        decoded = json.loads(value)
    except ValueError:
        raise violation(f'can\'t parse parameter "{name}" as a JSON object') from None
    return _checked(decoded, types, name)


def _checked(value: Any, types: tuple[str, ...], name: str) -> Any:
    """The value itself once it is of one of the types, recursively; raises Violation."""
    simple = {"String": str, "InputFile": str, "Integer": int, "Boolean": bool}
    for kind in types:
        expected = simple.get(kind)
        if expected and isinstance(value, expected) and (expected is bool or not isinstance(value, bool)):
            return value
        if kind == "True" and value is True:
            return value
    named = [kind for kind in types if kind not in simple and kind != "True"]
    if not named:
        raise violation(f'field "{name}" must be of type {types[0]}')
    if named[0].endswith("[]"):
        if not isinstance(value, list):
            raise violation(f'field "{name}" must be of type Array')
        return [_checked(item, (named[0][:-2],), name) for item in value]
    if not isinstance(value, dict):
        raise violation(f'field "{name}" must be of type Object')
    return _object(value, _kind(value, named, name), name)


def _kind(value: dict[str, Any], named: list[str], name: str) -> str:
    if named == ["InputMessageContent"]:
        return "InputTextMessageContent"
    if members := _UNIONS.get(named[0]):
        kind = members.get(str(value.get("type")))
        if kind is None:
            raise violation(f'field "{name}" has the type "{value.get("type")}", which is not known here')
        return kind
    if len(named) == 1:
        return named[0]
    for kind in named:
        if _TOLD_BY_FIELD[kind] in value:
            return kind
    raise violation("object expected as reply markup")


def _object(value: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    fields = OBJECTS[kind]
    place = {
        "InlineKeyboardButton": "can't parse inline keyboard button: ",
        "MessageEntity": "can't parse MessageEntity: ",
    }
    prefix, can = place.get(kind, ""), "Can't" if kind in place else "can't"
    for key in value:
        if key not in fields:
            raise violation(f'{prefix}{kind} takes no field "{key}" here (in "{name}")')
    for key, field in fields.items():
        if field.required and key not in value:
            raise violation(f'{prefix}{can} find field "{key}"')
    return {key: _checked(item, fields[key].types, key) for key, item in value.items() if item is not None}
