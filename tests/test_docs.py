"""What the docs say is what there is."""

import re
from pathlib import Path

from bot.metrics import Metrics
from bot.settings import Settings

ROOT = Path(__file__).parents[1]


def names_in(text: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, text, re.MULTILINE))


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    settings = {name.upper() for name in Settings.model_fields}
    example = names_in((ROOT / ".env.example").read_text(), r"^([A-Z_]+)=")
    documented = names_in((ROOT / "docs" / "operations.md").read_text(), r"^\| `([A-Z_]+)` \|")
    assert example == settings
    assert documented == settings


def test_every_figure_is_documented_and_every_documented_one_exists() -> None:
    documented = names_in((ROOT / "docs" / "operations.md").read_text(), r"^\| `(store_\w+)")
    families = Metrics().registry.collect()
    assert documented == {family.name + "_total" * (family.type == "counter") for family in families}


def test_the_readme_speaks_of_files_and_commands_that_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    for path in re.findall(r"\]\(([\w/.-]+)\)", readme):
        assert (ROOT / path).exists(), path
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make ([a-z]+)\b", readme):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE) or target in {"are"}, target
    procfile = (ROOT / "Procfile").read_text()
    assert names_in(procfile, r"^(\w+): python -m bot") == {"release", "web", "worker"}
