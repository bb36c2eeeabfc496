"""A provider of OpenID Connect, and a browser that goes there and back."""

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client

from moztrap.accounts.tests import oidc_provider
from moztrap.accounts.tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider
from moztrap.core import remember
from moztrap.core.testing import HttpsClient

PERSON = {
    "sub": "Ada-1",
    "email": "Ada@people.test",
    "email_verified": True,
    "preferred_username": "ada",
}


@pytest.fixture
def provider(settings: Any, db: None) -> Iterator[Provider]:
    """A provider that Ada logs in at, and a site that asks it."""
    with oidc_provider.running() as running:
        running.person = dict(PERSON)
        settings.LOGIN = "oidc"
        settings.OIDC_ISSUER = running.address
        settings.OIDC_CLIENT_ID = CLIENT_ID
        settings.OIDC_CLIENT_SECRET = CLIENT_SECRET
        settings.OIDC_PROVIDER_NAME = "Your Org"
        remember.forget()
        yield running
        remember.forget()


class Traveller:
    """A browser that goes where pages send it."""

    def __init__(self) -> None:
        self.client: Client = HttpsClient()

    def begin(self, **form: str) -> Any:
        """Press the button of the login page."""
        return self.client.post("/accounts/oidc/login/", form)

    def come_back(self, page: Any) -> str:
        """Go where the page leads, log in there, and return where that leads."""
        answer = requests.get(onward(page), timeout=60, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def arrive(self, address: str) -> Any:
        """Follow the provider's redirect to this site."""
        parts = urlsplit(address)
        return self.client.get(f"{parts.path}?{parts.query}")

    def log_in(self, **form: str) -> Any:
        """All of it."""
        page = self.begin(**form)
        return self.arrive(self.come_back(page)) if page.status_code == 200 else page

    @property
    def is_logged_in(self) -> bool:
        """Whether a page that needs a login opens."""
        return self.client.get("/accounts/profile/").status_code == 200


def onward(page: Any) -> str:
    """Where a page sends the browser by itself; its link leads to the same place."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.content.decode())
    assert found, page.content.decode()
    assert f'href="{found[1]}"' in page.content.decode()
    return html.unescape(found[1])


@pytest.fixture
def traveller() -> Traveller:
    """A browser that nobody is logged in with."""
    return Traveller()
