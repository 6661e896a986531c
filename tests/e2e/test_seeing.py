"""What an owner can see of a store at work: figures, readiness, and log lines that say what they are about."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from keyboards.callbacks import OnOrder, OrderAct
from sandbox.panel import PanelFault, SandboxPanel
from tests.e2e.conftest import ANNA, StoreProcess
from tests.e2e.test_bad_days import order


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"LOG_FORMAT": "json"}


class Figures:
    """What /metrics says."""

    def __init__(self, text: str) -> None:
        self._samples = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float | None:
        return self._samples.get((name, tuple(sorted(labels.items()))))


async def get(store: StoreProcess, path: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(f"http://127.0.0.1:{store.environment['PORT']}{path}")


async def figures(store: StoreProcess) -> Figures:
    return Figures((await get(store, "/metrics")).text)


async def ready(store: StoreProcess) -> dict[str, Any]:
    """What /readyz says once the panel's first answer has been written down."""
    for _ in range(100):
        said: dict[str, Any] = (await get(store, "/readyz")).json()
        if said["problem"] is None:
            return said
        await asyncio.sleep(0.1)
    return said


async def test_the_figures_tell_what_happened(anna: Any, panel: SandboxPanel, store: StoreProcess) -> None:
    await order(anna)
    await anna.see("Order 1 · in progress")
    panel.fault(PanelFault.RESET_AFTER)
    await order(anna)
    await anna.see("being checked")
    panel.finish("23501", "Completed", remains=0)
    await anna.see("Order 1 is complete")
    assert await ready(store) == {"ok": True, "problem": None, "parts": {"database": "ok", "panel": "ok"}}
    assert (await get(store, "/healthz")).status_code == 200

    told = await figures(store)
    assert (told("store_updates_total", kind="message", result="handled") or 0) >= 4
    taps = told("store_update_seconds_count", kind="callback_query")
    assert taps == told("store_updates_total", kind="callback_query", result="handled")
    assert taps == 2
    assert told("store_panel_calls_total", action="add", result="accepted") == 1
    assert told("store_panel_calls_total", action="add", result="unknown") == 1
    assert (told("store_panel_calls_total", action="status", result="answered") or 0) > 0
    assert (told("store_telegram_calls_total", method="sendMessage", result="ok") or 0) > 0
    assert told("store_orders", state="unconfirmed") == 1
    assert (told("store_oldest_seconds", what="unconfirmed") or 0) > 0
    assert told("store_oldest_seconds", what="queued") == 0
    assert told("store_wallets_wrong") == 0
    assert (told("store_panel_unseen_seconds") or 99) < 20


async def test_a_panel_that_is_away_shows_and_takes_nobody_out(
    anna: Any, panel: SandboxPanel, store: StoreProcess
) -> None:
    await ready(store)
    await panel.stop()
    await order(anna)
    await anna.see("your order waits in line and is not lost")
    told = await figures(store)
    assert told("store_submission_paused", reason="panel") == 1
    assert told("store_orders", state="queued") == 1
    assert (told("store_oldest_seconds", what="queued") or 0) > 0
    away = [told("store_panel_calls_total", action=action, result=result)
            for action, result in (("add", "not_sent"), ("balance", "unavailable"))]  # fmt: skip
    assert any(away)
    assert (await get(store, "/readyz")).status_code == 200


async def test_log_lines_say_which_update_chat_and_order_they_are_about(
    anna: Any, panel: SandboxPanel, store: StoreProcess
) -> None:
    await order(anna)
    await anna.see("Order 1 · in progress")
    await anna.tap_data(OnOrder(id=99, act=OrderAct.OPEN).pack())  # nobody's
    panel.fault(PanelFault.RESET_AFTER)
    await order(anna)
    await anna.see("being checked")
    lines = [json.loads(line) for line in store.log.read_text().splitlines()]
    refused = [line for line in lines if line["event"] == "update.refused"]
    assert [(line["chat_id"], line["order"], line["why"]) for line in refused] == [(ANNA, 99, "OrderGone")]
    assert isinstance(refused[0]["update_id"], int)
    submitted = [line for line in lines if line["event"] == "order.submitted"]
    assert [(line["order"], line["outcome"]) for line in submitted] == [(1, "Accepted"), (2, "Unknown")]
    assert "update_id" not in submitted[0]
