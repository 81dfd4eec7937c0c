"""What stands in the docs is what the program does."""

from dataclasses import fields
from pathlib import Path

import pytest

from clew.cli import COMMANDS, cli
from clew.settings import Settings

ROOT = Path(__file__).parents[2]
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("f", fields(Settings), ids=lambda f: f.name)
def test_every_setting_is_on_the_settings_page(f):
    assert f"| `{f.metadata['variable']}` | `{f.name}` |" in SETTINGS
    for other in f.metadata["also"]:
        assert f"`{other}`" in SETTINGS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme_and_explains_itself(name):
    assert f"clew {name}" in README
    command = cli.get_command(None, name)
    assert command.help, f"clew {name} --help says nothing"


def test_every_page_of_the_docs_is_linked_from_the_readme():
    for page in (ROOT / "docs").glob("*.md"):
        assert f"docs/{page.name}" in README, f"README does not link {page.name}"
