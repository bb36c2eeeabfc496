"""Walks a site along its links: one address of each kind of page, whatever it is about."""

import re
from collections import deque
from urllib.parse import urldefrag, urlsplit

from playwright.sync_api import Page

# Files, which a browser saves instead of showing them, and what machines read.
_NO_PAGES = re.compile(r"/export/|/attachments/|/results\.(csv|json)$|^/api/|^/static/|/progress/$")
# What a parameter opens is a page of its own.
_TELLING = re.compile(r"[?&](open|from)=")
_START = ("/", "/work/", "/deleted/", "/accounts/tokens/", "/accounts/password/change/")


def kind_of(address: str) -> str:
    """Return what pages about different records have in common."""
    parts = urlsplit(address)
    telling = _TELLING.search(address)
    return re.sub(r"/\d+(?=/)", "/N", parts.path) + (telling[0][1:] if telling else "")


def walk(page: Page, base: str, start: tuple[str, ...] = _START) -> dict[str, str]:
    """Follow every link from the start; return an address of each kind of page."""
    found: dict[str, str] = {}
    waiting = deque(start)
    while waiting:
        address = waiting.popleft()
        kind = kind_of(address)
        if kind in found or _NO_PAGES.search(urlsplit(address).path):
            continue
        answer = page.goto(address)
        assert answer is not None, address
        assert answer.status == 200, f"{address} answers {answer.status}"
        found[kind] = address
        links: list[str] = page.evaluate(
            "[...document.querySelectorAll('a[href]:not([download])')].map((a) => a.href)"
        )
        for link in links:
            if link.startswith(f"{base}/"):
                waiting.append(urldefrag(link.removeprefix(base)).url)
    return found
