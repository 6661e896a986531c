"""The sandbox panel goes wrong when it is told to, in each way a panel does, and is steered from outside."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.panel import Fault, PanelFault, SandboxPanel

ADD = {"service": "1", "url": "https://instagram.com/nasa", "quantity": "1000"}
WAIT = 0.3


@pytest.fixture
async def panel() -> AsyncIterator[SandboxPanel]:
    async with SandboxPanel(pace=0) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


async def post(http: httpx.AsyncClient, panel: SandboxPanel, action: str = "add", **more: Any) -> httpx.Response:
    fields = ADD if action == "add" else {}
    return await http.post(panel.url, data={"key": panel.key, "action": action, **fields}, **more)


@pytest.mark.parametrize(
    ("fault", "taken"), [(PanelFault.SILENT_BEFORE, False), (PanelFault.SILENT_AFTER, True)], ids=str
)
async def test_silence(panel: SandboxPanel, http: httpx.AsyncClient, fault: PanelFault, taken: bool) -> None:
    panel.fault(fault)
    with pytest.raises(httpx.ReadTimeout):
        await post(http, panel, timeout=WAIT)
    assert bool(panel.orders) is taken
    assert len(panel.adds) == 1
    assert panel.calls[0].answered == "silence"
    assert (await post(http, panel)).json() == {"order": 23502 if taken else 23501}


@pytest.mark.parametrize(
    ("fault", "taken"), [(PanelFault.RESET_BEFORE, False), (PanelFault.RESET_AFTER, True)], ids=str
)
async def test_a_reset(panel: SandboxPanel, http: httpx.AsyncClient, fault: PanelFault, taken: bool) -> None:
    panel.fault(fault)
    with pytest.raises(httpx.ReadError):  # a mere close would be RemoteProtocolError
        await post(http, panel)
    assert bool(panel.orders) is taken


async def test_a_reply_cut_off(panel: SandboxPanel, http: httpx.AsyncClient) -> None:
    panel.fault(PanelFault.TRUNCATED)
    with pytest.raises(httpx.RemoteProtocolError):
        await post(http, panel)
    assert list(panel.orders) == ["23501"]


async def test_a_slow_answer_after_the_order_was_taken(panel: SandboxPanel, http: httpx.AsyncClient) -> None:
    panel.fault(PanelFault.SLOW(60))
    with pytest.raises(httpx.ReadTimeout):
        await post(http, panel, timeout=WAIT)
    assert list(panel.orders) == ["23501"]
    panel.fault(PanelFault.SLOW, seconds=0.01)
    assert (await post(http, panel)).json() == {"order": 23502}


@pytest.mark.parametrize(
    ("fault", "status", "taken"),
    [
        (PanelFault.SERVER_ERROR_BEFORE, 502, False),
        (PanelFault.SERVER_ERROR_AFTER, 502, True),
        (PanelFault.SERVER_ERROR_BEFORE(503), 503, False),
        (PanelFault.SERVER_ERROR_AFTER(500), 500, True),
        (PanelFault.HTML_BEFORE, 200, False),
        (PanelFault.HTML_AFTER, 200, True),
    ],
    ids=str,
)
async def test_a_page_in_place_of_json(
    panel: SandboxPanel, http: httpx.AsyncClient, fault: PanelFault | Fault, status: int, taken: bool
) -> None:
    panel.fault(fault)
    response = await post(http, panel)
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.text.lstrip().startswith("<")
    assert bool(panel.orders) is taken


async def test_throttling(panel: SandboxPanel, http: httpx.AsyncClient) -> None:
    panel.fault(PanelFault.THROTTLE(7), action="balance")
    panel.fault(PanelFault.THROTTLE_200, action="balance")
    first, second, third = [await post(http, panel, "balance") for _ in range(3)]
    assert (first.status_code, first.headers["Retry-After"]) == (429, "7")
    assert first.json() == {"error": "Too many requests"}
    assert (second.status_code, second.json()) == (200, {"error": "Rate limit exceeded"})
    assert third.json()["balance"] == 10000


async def test_any_error_text(panel: SandboxPanel, http: httpx.AsyncClient) -> None:
    panel.fault(PanelFault.ERROR, text="neworder.error.link_duplicate")
    panel.fault(PanelFault.ERROR("Your account is not active", status=401))
    first, second = await post(http, panel), await post(http, panel)
    assert (first.status_code, first.json()) == (200, {"error": "neworder.error.link_duplicate"})
    assert (second.status_code, second.json()) == (401, {"error": "Your account is not active"})
    assert panel.orders == {}


async def test_an_empty_catalogue(panel: SandboxPanel, http: httpx.AsyncClient) -> None:
    panel.fault(PanelFault.EMPTY_CATALOGUE)
    assert (await post(http, panel)).json() == {"order": 23501}
    assert (await post(http, panel, "services")).json() == []
    assert len((await post(http, panel, "services")).json()) == len(panel.services)


async def test_json_with_a_byte_order_mark_that_calls_itself_html(panel: SandboxPanel, http: httpx.AsyncClient) -> None:
    panel.fault(PanelFault.ODD_JSON)
    response = await post(http, panel)
    assert response.content == b'\xef\xbb\xbf{"order": 23501}'
    assert response.headers["Content-Type"].startswith("text/html")


async def test_any_body(panel: SandboxPanel, http: httpx.AsyncClient) -> None:
    panel.fault(PanelFault.BODY('{"errors": ["a", "b"]}', status=422))
    panel.fault(PanelFault.BODY_AFTER('{"order": "ord_01HG"}'))
    first, second = await post(http, panel), await post(http, panel)
    assert (first.status_code, first.json()) == (422, {"errors": ["a", "b"]})
    assert second.json() == {"order": "ord_01HG"}
    assert list(panel.orders) == ["23501"]


async def test_faults_meet_the_calls_they_are_for(panel: SandboxPanel, http: httpx.AsyncClient) -> None:
    panel.fault(PanelFault.ERROR("one"), times=2)
    panel.fault(PanelFault.ERROR("two"), action=None, times=None)
    told = [
        (await post(http, panel, action)).json().get("error") for action in ("balance", "add", "add", "add", "balance")
    ]
    assert told == ["two", "one", "one", "two", "two"]
    panel.clear_faults()
    assert (await post(http, panel)).json() == {"order": 23501}
    assert [call.fault for call in panel.calls] == [PanelFault.ERROR] * 5 + [None]


async def test_a_stopped_panel_refuses_connections_and_comes_back_as_it_was(
    panel: SandboxPanel, http: httpx.AsyncClient
) -> None:
    await post(http, panel)
    port = httpx.URL(panel.url).port
    assert port is not None
    panel.fault(PanelFault.SILENT_AFTER)
    held = asyncio.ensure_future(post(http, panel))
    while len(panel.orders) < 2:  # noqa: ASYNC110 - a held call tells nobody that it arrived
        await asyncio.sleep(0.01)
    await panel.stop()
    with pytest.raises(httpx.TransportError):
        await held
    with pytest.raises(httpx.ConnectError):
        await post(http, panel)
    await panel.start(port)
    assert (await post(http, panel)).json() == {"order": 23503}


# --- from outside ---------------------------------------------------------------------------------


class Controls:
    """The controls of a panel in another process."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._base = url.removesuffix("/api/v2")

    async def post(self, verb: str, **body: Any) -> httpx.Response:
        return await self._http.post(f"{self._base}/control/{verb}", json=body)

    async def state(self) -> dict[str, Any]:
        state: dict[str, Any] = (await self._http.get(f"{self._base}/control/state")).raise_for_status().json()
        return state


@pytest.fixture
def controls(panel: SandboxPanel, http: httpx.AsyncClient) -> Controls:
    return Controls(http, panel.url)


async def test_state_tells_orders_and_calls_but_no_key(
    panel: SandboxPanel, http: httpx.AsyncClient, controls: Controls
) -> None:
    panel.fault(PanelFault.HTML_AFTER)
    await post(http, panel)
    panel.fault(PanelFault.ERROR, times=None, text="Bad link")
    state = await controls.state()
    order = state["orders"][0]
    assert (order["id"], order["status"], order["remains"], order["fields"]) == ("23501", "Pending", 1000, ADD)
    assert [(call["action"], call["fields"], call["fault"]) for call in state["calls"]] == [("add", ADD, "HTML_AFTER")]
    assert state["balance"] == "9998.76"
    assert state["faults"] == [{"fault": "ERROR", "action": "add", "times": None, "text": "Bad link"}]
    assert panel.key not in str(state)


async def test_orders_are_moved_by_the_controls(
    panel: SandboxPanel, http: httpx.AsyncClient, controls: Controls
) -> None:
    await post(http, panel)
    state = (await controls.post("advance", order="23501", delivered=250)).json()
    assert (state["orders"][0]["status"], state["orders"][0]["remains"]) == ("In progress", 750)
    state = (await controls.post("finish", order=23501, status="Partial", remains=500)).json()
    assert (state["orders"][0]["status"], state["orders"][0]["charge"]) == ("Partial", "0.62")
    state = (await controls.post("finish", order="23501", status="Partial", remains=500, charge="0.1")).json()
    assert state["orders"][0]["charge"] == "0.1"
    state = (await controls.post("finish", order="23501", status="Completed", charge=None)).json()
    assert state["orders"][0]["charge"] is None


async def test_faults_are_asked_for_and_called_off_by_the_controls(
    panel: SandboxPanel, http: httpx.AsyncClient, controls: Controls
) -> None:
    await controls.post("fault", fault="throttle", action="balance", seconds=3)
    response = await post(http, panel, "balance")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "3")
    await controls.post("fault", fault="ERROR", text="Bad link", times=None)
    assert (await post(http, panel)).json() == {"error": "Bad link"}
    await controls.post("clear")
    assert (await post(http, panel)).json() == {"order": 23501}


async def test_catalogue_balance_and_pace_are_set_by_the_controls(
    panel: SandboxPanel, http: httpx.AsyncClient, controls: Controls
) -> None:
    row = {"service": 7, "name": "N", "type": "Default", "category": "C", "rate": "1", "min": "1", "max": "9"}
    await controls.post("services", services=[row])
    assert (await post(http, panel, "services")).json() == [row]
    await controls.post("services", put={"service": "7", "rate": "2"})
    await controls.post("services", put=row | {"service": 8}, remove=[])
    assert [(each["service"], each["rate"]) for each in panel.services] == [("7", "2"), (8, "1")]
    await controls.post("services", remove=["7"])
    assert [each["service"] for each in (await post(http, panel, "services")).json()] == [8]
    await controls.post("balance", balance="0.05")
    assert (await post(http, panel, "balance")).text == '{"balance": 0.05, "currency": "USD"}'
    assert (await controls.post("pace", pace=50)).json()["pace"] == 50


async def test_a_wrong_control_is_explained_and_changes_nothing(
    panel: SandboxPanel, http: httpx.AsyncClient, controls: Controls
) -> None:
    assert (await controls.post("explode")).status_code == 404
    for verb, body in [
        ("finish", {"order": "1", "status": "Completed"}),
        ("fault", {"fault": "meteor"}),
        ("balance", {"balance": "much"}),
        ("services", {"put": {"name": "no id"}}),
    ]:
        response = await controls.post(verb, **body)
        assert response.status_code == 400, verb
        assert response.json()["error"]
    form = await http.post(panel.url.replace("/api/v2", "/control/clear"), data={"a": "b"})
    assert form.status_code == 415
    assert (await controls.state())["balance"] == "10000"


# --- alone ----------------------------------------------------------------------------------------


async def test_it_runs_alone(tmp_path: Path, http: httpx.AsyncClient) -> None:
    rows = tmp_path / "rows.json"
    rows.write_text('[{"service": "9", "name": "N", "type": "", "category": "C", "rate": "1", "min": "1", "max": "9"}]')
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "sandbox.panel", "--port", "0", "--key", "K", "--pace", "0"]
    process = await asyncio.create_subprocess_exec(
        *command,
        "--services",
        str(rows),
        cwd=root,
        env={"PATH": os.environ["PATH"]},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
    try:
        reply = await http.post(url, data={"key": "K", "action": "services"})
        assert [row["service"] for row in reply.json()] == ["9"]
        assert (await Controls(http, url).state())["pace"] == 0
    finally:
        process.send_signal(signal.SIGTERM)
        status = await asyncio.wait_for(process.wait(), 30)
    assert status == 0


async def test_faults_by_chance_are_those_of_the_seed(panel: SandboxPanel, http: httpx.AsyncClient) -> None:
    chances = {PanelFault.THROTTLE_200: 0.2, PanelFault.SERVER_ERROR_AFTER(503): 0.2}

    async def met(seed: int, *between: str) -> list[PanelFault | None]:
        panel.calls.clear()
        panel.faults = type(panel.faults)()
        panel.misbehave(chances, seed)
        for _ in range(60):
            await post(http, panel)
            for action in between:
                await post(http, panel, action)
        return [call.fault for call in panel.calls if call.action == "add"]

    first = await met(1)
    assert set(first) == {None, PanelFault.THROTTLE_200, PanelFault.SERVER_ERROR_AFTER}
    assert await met(1, "balance") == first  # whatever else is asked in between
    assert await met(2) != first
    panel.clear_faults()
    assert (await post(http, panel)).status_code == 200
    assert panel.calls[-1].fault is None
