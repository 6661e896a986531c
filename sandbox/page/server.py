"""The page over HTTP: its files, uploads and downloads, and the WebSocket that keeps it live (`docs/sandbox.md`)."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

from sandbox.page import wire
from sandbox.page.acts import Acts, Wrong
from sandbox.panel import SandboxPanel
from sandbox.process import Program
from sandbox.telegram import SandboxTelegram
from sandbox.telegram.state import Event, Json, Message

STATIC = Path(__file__).parent / "static"
LARGEST_UPLOAD = 50 * 1024 * 1024  # what Telegram takes from a bot; its apps send more
CALLS_KEPT = 200
TICK_SECONDS = 0.5
BEHIND = 2000
POLICY = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' blob: data:; style-src 'self'"
LANGUAGES = (
    ("en", "English"), ("ru", "Русский"), ("uz", "Oʻzbekcha"), ("tr", "Türkçe"), ("ar", "العربية"), ("fa", "فارسی"),
    ("hi", "हिन्दी"), ("id", "Indonesia"), ("pt", "Português"), ("es", "Español"), ("de", "Deutsch"),
)  # fmt: skip


class Page:
    """The phones and the drawer beside them, for any number of browsers at once."""

    url: str = ""

    def __init__(
        self,
        telegram: SandboxTelegram,
        panel: SandboxPanel,
        store: Program,
        *,
        roles: Mapping[int, str],
        tour: Sequence[Json] = (),
    ) -> None:
        """`roles` says what somebody is (`owner`), by Telegram id; all others are customers. `tour` are its steps."""
        self._telegram = telegram
        self._world = telegram.world
        self._panel = panel
        self._store = store
        self._roles = roles
        self._tour = list(tour)
        self._acts = Acts(telegram, panel, store)
        self._browsers: set[asyncio.Queue[str]] = set()
        self._told: dict[Any, Json] = {}
        self._panel_calls = 0
        self._calls: list[Json] = []
        self._starts = self._polls = 0
        self._watching: list[asyncio.Task[None]] = []
        self._runner: web.AppRunner | None = None

    def app(self) -> web.Application:
        """Return the aiohttp application."""
        app = web.Application(client_max_size=LARGEST_UPLOAD, middlewares=[_guarded])
        app.router.add_get("/", self._on_page)
        app.router.add_static("/static/", STATIC)
        app.router.add_get("/file/{file_id}", self._on_file)
        app.router.add_post("/upload", self._on_upload)
        app.router.add_get("/live", self._on_live)
        return app

    async def start(self, port: int, host: str = "127.0.0.1") -> None:
        """Listen and begin to watch; `url` is then the page's address. Raises OSError when the port is taken."""
        # A browser's open WebSocket would hold the end up: connections are cut after a moment.
        self._runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"
        self._watching = [asyncio.create_task(self._watch()), asyncio.create_task(self._tick())]

    async def stop(self) -> None:
        """Close every browser's connection and the port."""
        for watching in self._watching:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
        if self._runner:
            await self._runner.cleanup()
        self._watching, self._runner = [], None

    # What browsers fetch

    async def _on_page(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _on_file(self, request: web.Request) -> web.StreamResponse:
        stored = self._world.files.find(request.match_info["file_id"])
        if stored is None:
            raise web.HTTPNotFound
        if stored.kind != "document":
            return web.Response(body=stored.data, content_type=stored.mime)
        answer = web.Response(body=stored.data, content_type="application/octet-stream")
        answer.headers["Content-Disposition"] = "attachment"
        return answer

    async def _on_upload(self, request: web.Request) -> web.StreamResponse:
        # No other site's page can send this header without asking first, and it is not answered when it asks.
        if "X-Sandbox" not in request.headers:
            return web.json_response({"ok": False, "error": "X-Sandbox is missing"}, status=403)
        asked = request.query
        try:
            data = await request.read()
            await self._acts.upload(
                int(asked["person"]),
                asked.get("kind", "document"),
                asked.get("name", "file.bin"),
                request.content_type,
                asked.get("caption", ""),
                data,
            )
        except (Wrong, KeyError, ValueError) as error:
            return web.json_response({"ok": False, "error": str(error)}, status=400)
        return web.json_response({"ok": True})

    async def _on_live(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=20, max_msg_size=1024 * 1024)
        await socket.prepare(request)
        queue: asyncio.Queue[str] = asyncio.Queue()
        # Taken and registered in one step: nothing that happens falls between the two.
        queue.put_nowait(_text(self._everything()))
        self._browsers.add(queue)
        sending = asyncio.create_task(_send(socket, queue))
        acting: set[asyncio.Task[None]] = set()
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    # A tap may wait a minute for its answer; what comes after it does not wait.
                    task = asyncio.create_task(self._act(queue, frame.data))
                    acting.add(task)
                    task.add_done_callback(acting.discard)
        finally:
            self._browsers.discard(queue)
            for task in (sending, *acting):
                task.cancel()
        return socket

    async def _act(self, queue: asyncio.Queue[str], frame: str) -> None:
        answer: Json = {"type": "done", "id": None}
        try:
            asked = json.loads(frame)
            answer["id"] = asked.get("id")
            result = await self._acts.perform(asked)
            answer |= {"ok": True, "result": result}
        except (Wrong, ValueError, AttributeError) as error:
            answer |= {"ok": False, "error": str(error)}
        self._tell_changes()
        queue.put_nowait(_text(answer))

    # What browsers are told

    def _everything(self) -> Json:
        return {
            "type": "all",
            "bot": wire.bot(self._world),
            "people": [self._person(number) | {"messages": self._messages(number)} for number in self._people()],
            "panel": wire.panel(self._panel),
            "telegram": wire.telegram(self._telegram),
            "store": self._store_now(),
            "calls": self._calls,
            "violations": self._world.violations,
            "tour": self._tour,
            "languages": [{"code": code, "name": name} for code, name in LANGUAGES],
        }

    def _people(self) -> list[int]:
        return [number for number, chat in self._world.chats.items() if chat.user]

    def _person(self, number: int) -> Json:
        chat = self._world.chats[number]
        return wire.person(self._world, self._world.users[number], chat, self._roles.get(number, "customer"))

    def _messages(self, number: int) -> list[Json]:
        return [wire.message(message, number) for message in self._world.chats[number].messages.values()]

    def _store_now(self) -> Json:
        """Tell how the store does: it runs once it has asked for updates since it was started."""
        polls = self._world.updates.polls
        if self._starts != self._store.starts:
            self._starts, self._polls = self._store.starts, polls
        state = "stopped" if not self._store.alive else "running" if polls > self._polls else "starting"
        return {"state": state, "line": self._store.last_line() if state != "running" else ""}

    async def _watch(self) -> None:
        with self._world.watch() as events:
            while True:
                self._tell_event(await events.next())

    async def _tick(self) -> None:
        """Look at what moves by itself: the panel's orders, the store's process, what it asked the panel."""
        while True:
            self._tell_panel_calls()
            self._tell_changes()
            await asyncio.sleep(TICK_SECONDS)

    def _tell_event(self, event: Event) -> None:
        if event.kind in {"message", "edit"} and isinstance(event.about, Message):
            chat = event.about.chat
            if chat.user:
                self._tell({"type": event.kind, "person": chat.id, "message": wire.message(event.about, chat.id)})
        elif event.kind == "delete":
            self._tell({"type": "delete", "person": event.chat_id, "message": event.about.message_id})
        elif event.kind == "call":
            self._keep_call(wire.telegram_call(event.about))
        elif event.kind == "violation":
            self._tell({"type": "violation", "text": event.about})
        elif event.kind == "action" and event.chat_id in self._world.chats and event.chat_id > 0:
            self._tell({"type": "person", "person": self._person(event.chat_id)})  # the same again: still typing
        self._tell_changes()

    def _tell_changes(self) -> None:
        """Tell what stands otherwise than when it was last told."""
        self._tell_if_new("bot", {"type": "bot", "bot": wire.bot(self._world)})
        for number in self._people():
            self._tell_if_new(number, {"type": "person", "person": self._person(number)})
        self._tell_if_new("telegram", {"type": "telegram", "telegram": wire.telegram(self._telegram)})
        self._tell_if_new("store", {"type": "store", "store": self._store_now()})
        self._tell_if_new("panel", {"type": "panel", "panel": wire.panel(self._panel)})

    def _tell_panel_calls(self) -> None:
        calls = self._panel.calls
        while self._panel_calls < len(calls) and calls[self._panel_calls].answered:
            self._keep_call(wire.panel_call(calls[self._panel_calls], time.time()))
            self._panel_calls += 1

    def _keep_call(self, call: Json) -> None:
        self._calls = [*self._calls[-CALLS_KEPT + 1 :], call]
        self._tell({"type": "call", "call": call})

    def _tell_if_new(self, key: Any, news: Json) -> None:
        if self._told.get(key) != news:
            self._told[key] = news
            self._tell(news)

    def _tell(self, news: Json) -> None:
        text = _text(news)
        for queue in list(self._browsers):
            queue.put_nowait(text)
            if queue.qsize() > BEHIND:  # a browser that fell asleep begins again with everything
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(_text(self._everything()))


async def _send(socket: web.WebSocketResponse, queue: asyncio.Queue[str]) -> None:
    with suppress(ConnectionError):
        while True:
            await socket.send_str(await queue.get())


def _text(news: Json) -> str:
    return json.dumps(news, ensure_ascii=False, default=str)


@web.middleware
async def _guarded(request: web.Request, handler: Any) -> web.StreamResponse:
    """Let no other site's page in: it may neither connect nor come under a name of its own."""
    origin = request.headers.get("Origin")
    if (origin is not None and urlsplit(origin).netloc != request.host) or not _is_plain(request.host):
        raise web.HTTPForbidden(text="This page answers under its address only.")
    answer: web.StreamResponse = await handler(request)
    if not answer.prepared:
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["Cache-Control"] = "no-cache"
        answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _is_plain(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
