"""How this site speaks to the provider."""

import ipaddress
import ssl
from typing import Any
from urllib.parse import urlsplit

import requests

from moztrap.accounts.oidc.errors import ProviderError, Reason

# For a connection, and for each piece of an answer: a person waits.
TIMEOUT_SECONDS = 5


class Session(requests.Session):
    """Trusts the authorities that the host trusts, waits briefly, follows nobody elsewhere."""

    def __init__(self, timeout: float = TIMEOUT_SECONDS) -> None:
        super().__init__()
        self.timeout = timeout
        trusted = ssl.get_default_verify_paths()
        # Not a list of authorities that came with a package: operators add theirs to the host.
        self.verify = trusted.cafile or trusted.capath or True

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request, as `requests` does."""
        kwargs.setdefault("timeout", self.timeout)
        kwargs["allow_redirects"] = False
        return super().request(*args, **kwargs)


def fetch_json(url: str, timeout: float = TIMEOUT_SECONDS, **headers: str) -> dict[str, Any]:
    """Return the JSON object at `url`; ProviderError when there is none."""
    try:
        with Session(timeout) as session:
            response = session.get(url, headers={"Accept": "application/json"} | headers)
    except requests.RequestException as error:
        raise ProviderError(Reason.UNREACHABLE, f"{url}: {error}") from error
    if response.status_code != 200:
        raise ProviderError(Reason.UNREACHABLE, f"{url} answers {response.status_code}")
    try:
        found = response.json()
    except ValueError as error:
        raise ProviderError(Reason.UNREACHABLE, f"{url} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ProviderError(Reason.UNREACHABLE, f"{url} is no JSON object")
    return found


def is_safe(url: str) -> bool:
    """Whether nobody on the way can read or change what goes there: https, or this host."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))


def _is_loopback(host: str | None) -> bool:
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"
