"""The same store with updates delivered by webhook, and as a web and a worker process."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.panel import SandboxPanel
from sandbox.telegram import SandboxTelegram
from tests.e2e.conftest import ANNA, OWNER, StoreProcess


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"WEBHOOK_URL": f"http://127.0.0.1:{environment['PORT']}", "WEBHOOK_SECRET": "hush-hush"}


async def test_each_kind_of_order_by_webhook(anna: Any, panel: SandboxPanel, telegram: SandboxTelegram) -> None:
    steps: dict[str, list[str]] = {
        "1": ["1000"],
        "14": [],
        "8": ["one\ntwo\nthree\nfour\nfive", "tap:Next ›"],
        "2": ["tap:💧 Drip-feed: off", "100", "5 60"],
    }
    for number, (service, answers) in enumerate(steps.items(), start=1):
        await anna.send(f"/order {service}")
        await anna.see(f"No. {service} ·")
        await anna.send("@nasa")
        for answer in answers:
            if answer.startswith("tap:"):
                await anna.tap(answer.removeprefix("tap:"))
                await anna.see("in each run" if service == "2" else "Please check")
            else:
                await anna.send(answer)
        await anna.see("Please check")
        await anna.tap("✅ Order for")
        await anna.see(f"Order {number} · in progress")
    assert [sorted(fields) for fields in panel.adds] == [
        ["quantity", "service", "url"],
        ["service", "url"],
        ["comments", "quantity", "service", "url"],
        ["interval", "quantity", "runs", "service", "url"],
    ]
    panel.finish("23501", "Completed", remains=0)
    await anna.see("Order 1 is complete: 1,000 delivered.")
    panel.finish("23502", "Canceled")
    assert "$3.58 is back in your wallet." in (await anna.see("Order 2 was canceled")).text
    panel.finish("23503", "Completed", remains=0)
    await anna.see("Order 3 is complete: 5 delivered.")
    panel.finish("23504", "Partial", remains=300)
    # 500 at 0.416 of 1000 cost 0.21; two fifths were delivered and round up to 0.09
    assert "$0.12 is back in your wallet." in (await anna.see("Order 4 ended early: 200 of 500")).text
    assert "getUpdates" not in {call.method for call in telegram.calls}


async def test_a_webhook_without_the_secret_is_refused(store: StoreProcess, telegram: SandboxTelegram) -> None:
    url = f"{store.environment['WEBHOOK_URL']}/webhook"
    update = {"update_id": 1}
    secret = {"X-Telegram-Bot-Api-Secret-Token": "hush-hush"}
    async with httpx.AsyncClient() as client:
        assert (await client.post(url, json=update)).status_code == 401
        wrong = {"X-Telegram-Bot-Api-Secret-Token": "guess"}
        assert (await client.post(url, json=update, headers=wrong)).status_code == 401
        assert (await client.post(url, content=b"{", headers=secret)).status_code == 400
        assert (await client.post(url, json=update, headers=secret)).status_code == 200
        health = await client.get(f"{store.environment['WEBHOOK_URL']}/healthz")
        ready = await client.get(f"{store.environment['WEBHOOK_URL']}/readyz")
        metrics = (await client.get(f"{store.environment['WEBHOOK_URL']}/metrics")).text
    assert (health.status_code, ready.json()["ok"]) == (200, True)
    assert 'store_orders{state="queued"} 0.0' in metrics
    assert "store_services_on_sale 75.0" in metrics


async def test_web_and_worker_apart_with_redis(
    environment: dict[str, str],
    redis_url: str,
    tmp_path: Path,
    panel: SandboxPanel,
    telegram: SandboxTelegram,
) -> None:
    shared = environment | {"REDIS_URL": redis_url}
    web = StoreProcess(shared, tmp_path / "web.log")
    worker = StoreProcess({**shared, "PORT": ""}, tmp_path / "worker.log")
    await worker.start("worker")
    await web.start("web")
    try:
        await web.ready()
        anna = telegram.person(ANNA, first_name="Anna", language_code="en")
        owner = telegram.person(OWNER, first_name="Olga", language_code="en")
        await anna.send("/start")
        await anna.see("Welcome")
        await owner.send(f"/credit {ANNA} 10")
        await anna.see("$10.00 was put into your wallet")
        await anna.send("/order 1")
        await anna.send("@nasa")
        await anna.tap("1,000 · $1.62")
        await anna.see("Please check")
        await anna.tap("✅ Order for $1.62")
        await anna.see("Order 1 · in progress")
        assert len(panel.adds) == 1
        assert telegram.violations == []
        assert await web.stop() == 0
        assert await worker.stop() == 0
    finally:
        await web.kill()
        await worker.kill()
