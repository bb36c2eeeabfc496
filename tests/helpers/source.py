"""Copies of the application's source, changed: each is another release."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.playbook import REPOSITORY

_LEFT_OUT = ("local.py", "db.sqlite3", "media", "collected-assets", "__pycache__", ".*_cache")
_STYLESHEET = "moztrap/core/static/core/css/base.css"
_LOGIN_PAGE = "moztrap/accounts/templates/account/login.html"
_CARD = "{% block card %}"
_READINESS = "moztrap/core/readiness.py"
# The newest migration of this app is what a planted one follows.
MIGRATIONS = "moztrap/core/migrations"


@dataclass(frozen=True)
class Source:
    """One copy, to be named in `-e artefact_source=…`."""

    root: Path

    @property
    def arguments(self) -> list[str]:
        """What makes a playbook release it."""
        return ["-e", f"artefact_source={self.root}"]

    def restyle(self, mark: str) -> None:
        """Change a stylesheet and the login page's template."""
        with (self.root / _STYLESHEET).open("a") as sheet:
            sheet.write(f"\n.{mark} {{ order: 1 }}\n")
        page = self.root / _LOGIN_PAGE
        text = page.read_text()
        assert _CARD in text, f"{page} has no {_CARD}"
        page.write_text(text.replace(_CARD, f'{_CARD}<p hidden class="{mark}"></p>', 1))

    def never_ready(self) -> None:
        """Have /readyz answer 503 for ever."""
        with (self.root / _READINESS).open("a") as module:
            module.write('\n\ndef database_problem() -> str:\n    return "planted trouble"\n')

    def migrate(self, name: str, operation: str) -> str:
        """Add a migration with one operation; return its full name."""
        folder = self.root / MIGRATIONS
        newest = sorted(path.stem for path in folder.glob("[0-9]*.py"))[-1]
        number = int(newest[:4]) + 1
        text = (
            "from django.db import migrations\n\n\n"
            "class Migration(migrations.Migration):\n"
            f'    dependencies = [("core", "{newest}")]\n'
            f"    operations = [migrations.{operation}]\n"
        )
        (folder / f"{number:04}_{name}.py").write_text(text)
        return f"core.{number:04}_{name}"


def copy_source(target: Path) -> Source:
    """Copy the application as it is in this checkout."""
    root = target / "app"
    shutil.copytree(REPOSITORY / "app", root, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    return Source(root)
