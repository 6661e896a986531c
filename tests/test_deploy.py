"""deploy/ fits the store: its files parse, and name figures, files, settings and commands that exist."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.metrics import Metrics
from bot.settings import Settings
from bot.ways import CRYPTO_PAY_PATH
from db.tables import OrderState
from shop.figures import Wait

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ALERTS = [rule for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((DEPLOY / "dashboard.json").read_text())
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COPIED = [source for source, _ in re.findall(r"^COPY (\w[\w.]*) (\S+)$", DOCKERFILE, re.MULTILINE)]
IGNORED_BY_FIGURES = {"le", "job", "instance"}  # labels Prometheus puts there

EXPRESSIONS = {rule["alert"]: rule["expr"] for rule in ALERTS} | {
    f"{panel['title']} {target['refId']}": target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
}


def samples() -> dict[str, set[str]]:
    """What /metrics can show, with the labels of each."""
    endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"], "gauge": [""]}
    metrics = Metrics()
    labels = {
        collector._name: set(collector._labelnames)
        for collector in vars(metrics).values()
        if hasattr(collector, "_labelnames")
    }
    return {
        family.name + ending: labels[family.name] for family in metrics.registry.collect()
        for ending in endings[family.type]
    }  # fmt: skip


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_alerts_and_dashboard_ask_for_figures_that_exist(name: str) -> None:
    expression, known = EXPRESSIONS[name], samples()
    named = re.findall(r"(store_\w+)(?:\{([^}]*)\})?", expression)
    assert named or expression.startswith("up"), expression
    for figure, chosen in named:
        assert figure in known, figure
        for label, values in re.findall(r'(\w+)=~?"([^"]*)"', chosen):
            assert label in known[figure], (figure, label)
            possible = {"what": set(Wait), "state": set(OrderState)}.get(label)
            assert possible is None or set(values.split("|")) <= possible, values
    for grouped in re.findall(r"by \(([^)]*)\)", expression):
        for label in re.split(r",\s*", grouped):
            assert label in set.union(*(known[figure] for figure, _ in named)) | IGNORED_BY_FIGURES, label
    assert expression.count("(") == expression.count(")")


def test_every_figure_is_on_the_dashboard() -> None:
    shown = " ".join(target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])
    families = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in samples()}
    assert {family for family in families if family not in shown} == set()


def test_every_alert_is_explained_and_every_explained_one_exists() -> None:
    explained = re.findall(
        r"^\| `([A-Z][a-z]\w+)`[^|]*\|[^|]+\|[^|]+\|$", (ROOT / "docs" / "operations.md").read_text(), re.M
    )
    assert set(explained) == {rule["alert"] for rule in ALERTS}
    for rule in ALERTS:
        assert rule["labels"]["severity"] in {"urgent", "soon"}
        assert rule["annotations"]["summary"]


def test_the_services_run_what_the_procfile_runs() -> None:
    procfile = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    run = {name: service["command"] for name, service in SERVICES.items() if service["image"] == "store"}
    assert run == {
        "migrate": procfile["release"],
        "web1": procfile["web"],
        "web2": procfile["web"],
        "worker1": procfile["worker"],
        "worker2": procfile["worker"],
    }


def test_the_services_are_given_settings_that_exist() -> None:
    for name in ("migrate", "web1", "web2", "worker1", "worker2"):
        service = SERVICES[name]
        assert {setting.lower() for setting in service["environment"]} <= set(Settings.model_fields)
        assert (DEPLOY / service["env_file"]).resolve() == ROOT / ".env"
        assert (
            DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]
        ).resolve() == DEPLOY / "Dockerfile"
        assert name == "migrate" or service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert "ports" not in service
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / source).is_file(), source


def test_the_proxy_and_prometheus_reach_the_processes_there_are() -> None:
    port = SERVICES["web1"]["environment"]["PORT"]
    caddy = "\n".join(line for line in (DEPLOY / "Caddyfile").read_text().splitlines() if "#" not in line)
    assert set(re.findall(r"(\w+):(\d+)", caddy)) == {("web1", port), ("web2", port)}
    assert re.findall(r"handle (\S+) {", caddy) == ["@inbound"]
    assert re.findall(r"@inbound path (.+)", caddy) == [f"/webhook {CRYPTO_PAY_PATH}"]
    assert "/metrics" not in caddy
    prometheus = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())
    targets = prometheus["scrape_configs"][0]["static_configs"][0]["targets"]
    assert targets == [f"{name}:{port}" for name in ("web1", "web2", "worker1", "worker2")]
    assert prometheus["rule_files"] == ["alerts.yml"]


def test_the_image_takes_the_whole_store_and_nothing_else() -> None:
    packages = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"])
    assert set(COPIED) == packages - {"sandbox"} | {"locales", "requirements.txt"}
    let_in = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert sorted(let_in) == sorted(COPIED)
    assert re.search(r"^USER store$", DOCKERFILE, re.MULTILINE)
    assert "/healthz" in DOCKERFILE


def test_what_the_image_takes_is_enough_to_run(tmp_path: Path) -> None:
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    environment = {"BOT_TOKEN": "42:token", "PANEL_API_KEY": "key", "PYTHONDONTWRITEBYTECODE": "1"}
    whole = "import bot.app, bot.__main__, sys; sys.argv[1:] = ['migrate']; sys.exit(bot.__main__.main())"
    done = subprocess.run(
        [sys.executable, "-c", whole], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "data" / "store.db").exists()
