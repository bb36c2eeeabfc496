"""Fixtures of a site that leaves to others what others can do: see the scenario of each choice."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.helpers import chosen
from tests.helpers.chromium import chromium
from tests.helpers.playbook import Run
from tests.testinfra.acme.conftest import (  # noqa: F401
    NAME,
    address,
    authorities,
    pebble,
    visit,
)
from tests.testinfra.external.conftest import (  # noqa: F401
    database_authority,
    database_server,
    statements,
)
from tests.testinfra.mail.conftest import mail_server  # noqa: F401
from tests.testinfra.negative.conftest import Converge, converge, outsider  # noqa: F401
from tests.testinfra.oidc.conftest import packages, provider  # noqa: F401


@pytest.fixture(scope="module")
def choose(converge: Converge, inventory: Path) -> Iterator[Callable[..., Run]]:  # noqa: F811
    """Run the site's playbook with these choices, which stay in the inventory until the end."""

    def run(*arguments: str, **choices: Any) -> Run:
        always = {
            "base_extra_ca_files": [str(inventory / ".state" / "tls" / "ca.pem")],
            "smtp_sink_mailbox": False,
        }
        chosen.choose(inventory, always | choices)
        return converge(*arguments)

    yield run
    chosen.forget(inventory)


@pytest.fixture
def browser(
    testbed: Path,
    authorities: Path,  # noqa: F811
    address: str,  # noqa: F811
    tmp_path: Path,
) -> Iterator[Browser]:
    """Chromium, which trusts the authority of the ACME server and that of the provider."""
    trusted = (authorities / "root.pem", testbed / "ca.pem")
    with (
        sync_playwright() as driver,
        chromium(driver, tmp_path, authorities=trusted, names=f"MAP {NAME} {address}") as opened,
    ):
        yield opened
