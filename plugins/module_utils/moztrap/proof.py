"""Prove over HTTPS that a server gives every asset, byte for byte, with the right headers."""

from __future__ import annotations

import hashlib
import http.client
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import quote

from ansible.module_utils.moztrap.assets import COMPRESSED_SUFFIXES, Asset
from ansible.module_utils.moztrap.web import Answer, SiteConnection

WEEK = 7 * 24 * 3600


def prove(
    assets: Sequence[Asset], connection: SiteConnection, static_url: str, *, at_most: int = 20
) -> list[str]:
    """Fetch every asset; return what is wrong, at most `at_most` lines."""
    problems: list[str] = []
    names = {asset.path for asset in assets}
    for asset in assets:
        suffix = PurePosixPath(asset.path).suffix
        original = asset.path[: -len(suffix)] if suffix else ""
        if suffix in COMPRESSED_SUFFIXES and original in names:
            path, encoding = original, COMPRESSED_SUFFIXES[suffix]
        else:
            path, encoding = asset.path, "identity"
        url = static_url.rstrip("/") + "/" + quote(path)
        answer = _fetch(connection, url, encoding)
        problem = _problem(asset, answer, encoding)
        if problem:
            problems.append(f"{url} ({encoding}): {problem}")
            if len(problems) >= at_most:
                break
    return problems


def _fetch(connection: SiteConnection, url: str, encoding: str) -> Answer:
    headers = {"Accept-Encoding": encoding}
    try:
        return connection.ask(url, headers=headers)
    except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
        # The server ends a kept connection after so many requests: that is its right, once.
        connection.close()
        return connection.ask(url, headers=headers)


def _problem(asset: Asset, answer: Answer, encoding: str) -> str:
    if answer.status != 200:
        return f"status {answer.status} instead of 200"
    served = answer.headers.get("content-encoding", "identity")
    if served != encoding:
        return f"served as {served}: the precompressed twin is not used"
    if len(answer.body) != asset.size:
        return f"{len(answer.body)} bytes instead of {asset.size}"
    if hashlib.sha256(answer.body).hexdigest() != asset.sha256:
        return "its content differs from the manifest's"
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    if kind != asset.content_type:
        return f"content type {kind or 'missing'} instead of {asset.content_type}"
    if answer.headers.get("x-content-type-options", "").lower() != "nosniff":
        return "no X-Content-Type-Options: nosniff"
    return _cache_problem(asset, answer.headers.get("cache-control", ""))


def _cache_problem(asset: Asset, control: str) -> str:
    directives = {part.strip().lower() for part in control.split(",")}
    if asset.immutable:
        return "" if "immutable" in directives else f"Cache-Control {control!r} is not immutable"
    lifetimes = [part.partition("=")[2] for part in directives if part.startswith("max-age=")]
    too_long = any(value.isdigit() and int(value) > WEEK for value in lifetimes)
    if "immutable" in directives or too_long:
        return f"Cache-Control {control!r}, but its name stays while its content changes"
    return ""
