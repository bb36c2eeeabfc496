"""Try whether a provider of OpenID Connect is the one that the site is told of."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

KNOWN, OTHER, UNTRUSTED, UNREACHABLE = "known", "other", "untrusted", "unreachable"
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Outcome:
    """What became of the attempt, and what the provider said."""

    kind: str
    words: str = ""


class _NobodyElse(urllib.request.HTTPRedirectHandler):
    """The application follows no redirect either."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def attempt(issuer: str, authorities: Sequence[str] = (), timeout: float = 10) -> Outcome:
    """Fetch the discovery document of `issuer`, and compare whose it is."""
    context = ssl.create_default_context()
    for authority in authorities:
        context.load_verify_locations(cadata=authority)
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=context), _NobodyElse()
    )
    url = issuer.rstrip("/") + "/.well-known/openid-configuration"
    try:
        with opener.open(url, timeout=timeout) as answer:
            document = json.loads(answer.read(MOST_BYTES))
    except urllib.error.HTTPError as error:
        kind = UNREACHABLE if error.code >= 500 else OTHER
        return Outcome(kind, f"{url} answers {error.code}")
    except urllib.error.URLError as error:
        kind = UNTRUSTED if isinstance(error.reason, ssl.SSLError) else UNREACHABLE
        return Outcome(kind, str(error.reason))
    except OSError as error:
        return Outcome(UNREACHABLE, str(error))
    except ValueError:
        return Outcome(OTHER, f"{url} is no JSON")
    named = document.get("issuer") if isinstance(document, dict) else None
    if named != issuer:
        return Outcome(OTHER, f"{url} names the issuer {named!r}")
    return Outcome(KNOWN)
