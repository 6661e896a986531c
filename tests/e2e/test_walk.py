"""A walk over every screen, on a real catalogue: nothing breaks the Bot API, no tap is left unanswered, no dead end."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from sandbox.panel import SandboxPanel
from tests.e2e.conftest import PANEL_KEY

REAL = Path(__file__).parents[3] / "shared" / "data" / "catalogue-1620.json"
ONWARD = {"ok", "d"}  # these change a draft; the journeys walk them


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """One database is enough: the screens come from memory."""
    shutil.copy(sqlite_template, tmp_path / "store.db")
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
async def panel() -> Any:
    if not REAL.exists():
        pytest.skip("the real catalogue is not beside the repository")
    async with SandboxPanel(key=PANEL_KEY, services=json.loads(REAL.read_text())) as sandbox:
        yield sandbox


def _moved(screen: Any, before: Any) -> Any:
    return screen if (screen.message_id, screen.edited) != (before.message_id, before.edited) else None


@pytest.mark.timeout(400)
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_every_screen_of_a_real_catalogue(anna: Any, telegram: Any, language: str) -> None:
    person = telegram.person(1003, first_name='<Ёж> & "Co" 🎉', language_code=language)
    await person.send("/start")
    home = await person.see("$0.00" if language == "en" else "0,00")
    waiting, seen, services = [button for row in home.raw.rows for button in row], set[str](), 0
    while waiting:
        data = waiting.pop().get("callback_data")
        if data is None or data in seen or data.replace("|", ":").split(":")[0] in ONWARD:
            continue
        seen.add(data)
        if data.startswith("set:"):
            continue  # changes the language under the walk
        if data.startswith("s|"):
            services += 1
            if language != "en" and services % 20:
                continue  # the other languages look at every twentieth card
        before = person.screen
        await person.tap_data(data, home)
        # The answer to the tap comes first, the edit of the screen a moment after it.
        screen = await telegram.world.until(lambda before=before: _moved(person.screen, before), 2) or person.screen
        assert any("callback_data" in button for row in screen.raw.rows for button in row), f"{data}: a dead end"
        waiting += [button for row in screen.raw.rows for button in row]
    assert services > 1500, f"only {services} services were offered"
    for command in ("/catalog", "/orders", "/wallet", "/settings", "/help", "/terms", "/paysupport", "/order 807"):
        await person.send(command)
    await person.see("No. 807" if language == "en" else "№ 807")
