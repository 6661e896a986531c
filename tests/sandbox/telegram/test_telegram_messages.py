"""Messages over real HTTP: sent, edited, deleted, with files, replies, reactions and pins."""

import re

import aiohttp
import pytest
from toy_bot import PNG, Call, Clock, upload

from sandbox.telegram import Person, SandboxTelegram


async def test_chats_the_bot_cannot_write_to(telegram: SandboxTelegram, anna: Person, call: Call) -> None:
    boris = telegram.person(1002, first_name="Boris")
    assert (await call("sendMessage", chat_id=1002, text="x"))["description"] == "Bad Request: chat not found"
    assert (await call("sendMessage", chat_id=77, text="x"))["description"] == "Bad Request: chat not found"
    boris.at(telegram.group(-100, "Group"))
    never_met = await call("sendMessage", chat_id=1002, text="x")
    assert never_met["description"] == "Forbidden: bot can't initiate conversation with a user"
    anna.block()
    blocked = await call("sendMessage", chat_id=1001, text="x")
    assert blocked == {
        "ok": False,
        "error_code": 403,
        "description": "Forbidden: bot was blocked by the user",
    }
    anna.unblock()
    assert (await call("sendMessage", chat_id=1001, text="x"))["ok"]
    assert telegram.violations == []
    assert (await call("sendMessage", text="x"))["description"] == "Bad Request: chat_id is empty"


async def test_edits_change_the_message_in_place(telegram: SandboxTelegram, anna: Person, call: Call) -> None:
    markup = {"inline_keyboard": [[{"text": "a", "callback_data": "x"}]]}
    sent = (await call("sendMessage", chat_id=1001, text="one", reply_markup=markup))["result"]
    at = {"chat_id": 1001, "message_id": sent["message_id"]}
    same = await call("editMessageText", **at, text="one", reply_markup=markup)
    assert same["description"] == (
        "Bad Request: message is not modified: specified new message content and reply markup "
        "are exactly the same as a current content and reply markup of the message"
    )
    assert (await call("editMessageReplyMarkup", **at, reply_markup=markup))["error_code"] == 400
    edited = (await call("editMessageText", **at, text="two"))["result"]
    assert edited["text"] == "two"
    assert "reply_markup" not in edited
    assert (await call("editMessageReplyMarkup", **at, reply_markup=markup))["ok"]
    shown = anna.messages[-1]
    assert (shown.text, shown.buttons, shown.edited) == ("two", [["a"]], 2)
    assert telegram.violations == []


async def test_what_cannot_be_edited_or_deleted(
    telegram: SandboxTelegram, anna: Person, call: Call, clock: Clock
) -> None:
    own = {"chat_id": 1001, "message_id": anna.messages[0].message_id}
    assert (await call("editMessageText", **own, text="x"))["description"] == "Bad Request: message can't be edited"
    gone = {"chat_id": 1001, "message_id": 999}
    assert (await call("editMessageText", **gone, text="x"))["description"] == "Bad Request: message to edit not found"
    assert (await call("deleteMessage", **gone))["description"] == "Bad Request: message to delete not found"
    photo = (await upload(telegram, "sendPhoto", PNG, "photo", chat_id="1001", caption="look"))["result"]
    at = {"chat_id": 1001, "message_id": photo["message_id"]}
    no_text = await call("editMessageText", **at, text="x")
    assert no_text["description"] == "Bad Request: there is no text in the message to edit"
    text = (await call("sendMessage", chat_id=1001, text="x"))["result"]
    no_caption = await call("editMessageCaption", chat_id=1001, message_id=text["message_id"], caption="x")
    assert no_caption["description"] == "Bad Request: there is no caption in the message to edit"
    clock.pass_seconds(49 * 3600)
    old = await call("deleteMessage", **at)
    assert old["description"] == "Bad Request: message can't be deleted for everyone"
    assert telegram.violations == []


async def test_a_preview_of_nothing_modifies_nothing(anna: Person, call: Call) -> None:
    hidden = {"is_disabled": True}
    for text, modified in (("no link", False), ("t.me/x", True)):
        sent = (await call("sendMessage", chat_id=1001, text=text, link_preview_options=hidden))["result"]
        edited = await call("editMessageText", chat_id=1001, message_id=sent["message_id"], text=text)
        assert edited["ok"] is modified


async def test_deleted_messages_are_gone_from_the_chat(anna: Person, call: Call) -> None:
    ids = [(await call("sendMessage", chat_id=1001, text=text))["result"]["message_id"] for text in "abc"]
    assert (await call("deleteMessage", chat_id=1001, message_id=ids[0]))["result"] is True
    assert (await call("deleteMessages", chat_id=1001, message_ids=[ids[0], ids[2]]))["result"] is True
    assert [view.text for view in anna.messages] == ["/start", "b"]


async def test_files_go_up_and_come_down(telegram: SandboxTelegram, anna: Person, call: Call) -> None:
    sent = await upload(
        telegram,
        "sendDocument",
        b"one\ntwo",
        "document",
        chat_id="1001",
        caption="<b>all</b>",
        parse_mode="HTML",
    )
    assert sent["result"]["document"]["file_name"] == "report.txt"
    assert (anna.messages[-1].document, anna.messages[-1].text) == (b"one\ntwo", "all")
    again = await call("sendDocument", chat_id=1001, document=sent["result"]["document"]["file_id"])
    assert again["ok"]
    theirs = await anna.upload(b"line", "comments.txt", caption="here")
    file = await call("getFile", file_id=theirs.raw.content["document"]["file_id"])
    path = file["result"]["file_path"]
    async with aiohttp.ClientSession() as client:
        async with client.get(f"{telegram.url}/file/bot{telegram.token}/{path}") as reply:
            assert await reply.read() == b"line"
        async with client.get(f"{telegram.url}/file/bot1:WRONG/{path}") as reply:
            assert reply.status == 401
    assert (await call("getFile", file_id="no"))["description"] == "Bad Request: invalid file_id"
    assert telegram.violations == []


async def test_a_photo_is_edited_by_caption_and_media(telegram: SandboxTelegram, anna: Person, call: Call) -> None:
    photo = (await upload(telegram, "sendPhoto", PNG, "photo", chat_id="1001", caption="one"))["result"]
    assert (photo["photo"][0]["width"], photo["photo"][0]["height"]) == (320, 200)
    at = {"chat_id": 1001, "message_id": photo["message_id"]}
    assert (await call("editMessageCaption", **at, caption="two"))["result"]["caption"] == "two"
    assert (await call("editMessageCaption", **at, caption="two"))["error_code"] == 400
    media = {"type": "document", "media": "attach://new", "caption": "three"}
    edited = await upload(
        telegram,
        "editMessageMedia",
        b"text",
        "new",
        chat_id="1001",
        message_id=str(at["message_id"]),
        media=media,
    )
    assert edited["result"]["caption"] == "three"
    assert (anna.messages[-1].photo, anna.messages[-1].document) == (None, b"text")


@pytest.mark.parametrize(
    ("method", "data", "params", "text"),
    [
        ("sendPhoto", b"not a picture", {}, "IMAGE_PROCESS_FAILED"),
        ("sendDocument", b"", {}, "file must be non-empty"),
        ("sendDocument", b"x", {"caption": "x" * 1025}, "message caption is too long"),
    ],
)
async def test_a_wrong_file_is_refused(
    telegram: SandboxTelegram, anna: Person, method: str, data: bytes, *, params: dict[str, str], text: str
) -> None:
    refused = await upload(telegram, method, data, method.removeprefix("send").lower(), chat_id="1001", **params)
    assert refused["description"] == f"Bad Request: {text}"
    assert len(telegram.violations) == 1


async def test_a_file_the_method_has_no_use_for_is_refused(telegram: SandboxTelegram, anna: Person) -> None:
    refused = await upload(telegram, "sendMessage", b"x", "document", chat_id="1001", text="x")
    assert refused["description"] == 'Bad Request: sendMessage takes no file "document" here'
    taken = await upload(telegram, "sendDocument", b"x", "file", chat_id="1001", document="attach://file")
    assert taken["ok"]


async def test_a_file_is_downloaded_from_a_path_without_its_name(telegram: SandboxTelegram, anna: Person) -> None:
    async with aiohttp.ClientSession() as client:
        for name, ending in (("my #1 list/?.csv", ".csv"), ("README", ""), ("a.tar.gz", ".gz")):
            file_id = (await anna.upload(name.encode(), name)).raw.content["document"]["file_id"]
            path = telegram.world.files.to_download(file_id).path
            assert re.fullmatch(rf"documents/file_\d+{ending}", path)
            async with client.get(f"{telegram.url}/file/bot{telegram.token}/{path}") as reply:
                assert await reply.read() == name.encode()


async def test_files_that_are_not_there(telegram: SandboxTelegram, anna: Person, call: Call) -> None:
    for document, text in [
        ("https://example.com/a.txt", "wrong file identifier/HTTP URL specified"),
        ("attach://nothing", "there is no document in the request"),
    ]:
        refused = await call("sendDocument", chat_id=1001, document=document)
        assert refused["description"] == f"Bad Request: {text}"
    photo = await anna.send_photo(b"any bytes")
    file_id = photo.raw.content["photo"][0]["file_id"]
    refused = await call("sendDocument", chat_id=1001, document=file_id)
    assert refused["description"] == "Bad Request: can't use file of type Photo as Document"


async def test_replies_reactions_pins_and_actions(telegram: SandboxTelegram, anna: Person, call: Call) -> None:
    at = {"chat_id": 1001, "message_id": anna.messages[0].message_id}
    reply = await call("sendMessage", chat_id=1001, text="x", reply_parameters={"message_id": at["message_id"]})
    assert reply["result"]["reply_to_message"]["text"] == "/start"
    lost = await call("sendMessage", chat_id=1001, text="x", reply_parameters={"message_id": 99})
    assert lost["description"] == "Bad Request: message to be replied not found"
    assert (await call("setMessageReaction", **at, reaction=[{"type": "emoji", "emoji": "👍"}]))["ok"]
    assert anna.messages[0].reactions == ["👍"]
    assert (await call("pinChatMessage", **at))["ok"]
    assert [view.text for view in anna.pinned] == ["/start"]
    assert (await call("getChat", chat_id=1001))["result"]["pinned_message"]["text"] == "/start"
    assert (await call("unpinChatMessage", chat_id=1001))["ok"]
    missing = await call("unpinChatMessage", chat_id=1001)
    assert missing["description"] == "Bad Request: message to unpin not found"
    assert (await call("sendChatAction", chat_id=1001, action="typing"))["ok"]
    assert anna.action == "typing"
    assert telegram.violations == []
    wrong = await call("setMessageReaction", **at, reaction=[{"type": "emoji", "emoji": "🧮"}])
    assert wrong["description"] == "Bad Request: REACTION_INVALID"
    wrong = await call("sendChatAction", chat_id=1001, action="sleeping")
    assert wrong["description"] == "Bad Request: wrong parameter action in request"
    assert len(telegram.violations) == 2


async def test_calls_come_as_query_string_and_form_too(telegram: SandboxTelegram, anna: Person) -> None:
    url = f"{telegram.url}/bot{telegram.token}/sendmessage"
    async with aiohttp.ClientSession() as client:
        async with client.get(url, params={"chat_id": "1001", "text": "by query"}) as reply:
            assert reply.status == 200
        form = {"chat_id": "1001", "text": "by form", "disable_notification": "true"}
        async with client.post(url, data=form) as reply:
            assert reply.status == 200
    assert [(view.text, view.silent) for view in anna.messages[1:]] == [
        ("by query", False),
        ("by form", True),
    ]
    assert [call.method for call in telegram.calls] == ["sendMessage", "sendMessage"]


async def test_what_is_not_known_is_refused(telegram: SandboxTelegram, call: Call) -> None:
    refused = await call("sendDice", chat_id=1001)
    assert refused == {"ok": False, "error_code": 404, "description": "Not Found"}
    assert telegram.violations == ["sendDice: no such method here"]
    async with aiohttp.ClientSession() as client:
        async with client.post(f"{telegram.url}/bot1:WRONG/getMe") as reply:
            assert (reply.status, (await reply.json())["description"]) == (401, "Unauthorized")
        async with client.get(f"{telegram.url}/elsewhere") as reply:
            assert reply.status == 404
        async with client.post(f"{telegram.url}/bot{telegram.token}/getMe", json=[1]) as reply:
            assert reply.status == 400
