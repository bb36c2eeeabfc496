"""Prove over HTTPS that a server gives every asset, byte for byte, with the right headers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from ansible.module_utils.moztrap.asset_manifest import PROOFS
from ansible.module_utils.moztrap.assets import COMPRESSED_SUFFIXES, Asset
from ansible.module_utils.moztrap.pipeline import Answer, Request, Server, ServerError, fetch_all

WEEK = 7 * 24 * 3600


@dataclass(frozen=True)
class Mismatch:
    """One file that the server does not give as it must."""

    path: str
    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True)
class Proof:
    """How many files were proven, what was wrong, and why it went no further, if so."""

    proven: int
    mismatches: tuple[Mismatch, ...] = ()
    failure: str = ""

    @property
    def holds(self) -> bool:
        """Was every file given as it must be?"""
        return not self.mismatches and not self.failure


def prove(
    assets: Sequence[Asset],
    server: Server,
    static_url: str,
    *,
    names: Collection[str],
    at_most: int = 1,
) -> Proof:
    """Fetch these assets and compare; stop at the mismatch number `at_most`.

    `names` are all paths of the release, which tell what is whose precompressed twin.
    """
    requests = [_request(asset, names, static_url) for asset in assets]
    proven = 0
    mismatches: list[Mismatch] = []
    answers = fetch_all(server, requests)
    try:
        for asset, request, answer in zip(assets, requests, answers, strict=True):
            has_twin = any(asset.path + suffix in names for suffix in COMPRESSED_SUFFIXES)
            wrong = _problem(asset, request, answer, has_twin)
            if wrong is None:
                proven += 1
                continue
            mismatches.append(Mismatch(asset.path, *wrong))
            if len(mismatches) >= at_most:
                break
    except ServerError as error:
        return Proof(proven, tuple(mismatches), str(error))
    finally:
        answers.close()
    return Proof(proven, tuple(mismatches))


def marker_problem(release_id: str, sha256: str, server: Server, static_url: str) -> str:
    """What is wrong with the proof marker as balancers see it; nothing when it is right."""
    url = _url(static_url, f"{PROOFS}/{release_id}.txt")
    try:
        (answer,) = fetch_all(server, [Request(url)])
    except ServerError as error:
        return str(error)
    if answer.status != 200 or answer.sha256 != sha256:
        return f"{url}: expected status 200 and the marker, found status {answer.status}"
    control = answer.headers.get("cache-control", "")
    if not {"no-cache", "no-store"} & _directives(control):
        return f"{url}: expected Cache-Control no-cache, found {control or 'none'}"
    return ""


def _request(asset: Asset, names: Collection[str], static_url: str) -> Request:
    """A precompressed twin is asked for as browsers do: by its original's name."""
    suffix = PurePosixPath(asset.path).suffix
    original = asset.path.removesuffix(suffix) if suffix else ""
    if suffix in COMPRESSED_SUFFIXES and original in names:
        return Request(_url(static_url, original), COMPRESSED_SUFFIXES[suffix])
    return Request(_url(static_url, asset.path))


def _url(static_url: str, path: str) -> str:
    return static_url.rstrip("/") + "/" + quote(path)


def _problem(
    asset: Asset, request: Request, answer: Answer, has_twin: bool
) -> tuple[str, str, str] | None:
    """What is wrong, what was expected and what was found."""
    headers = answer.headers
    if answer.status != 200:
        return "status", "200", str(answer.status)
    served = headers.get("content-encoding", "identity")
    if served != request.encoding:
        return "content encoding", request.encoding, served
    if answer.size != asset.size:
        return "length", f"{asset.size} bytes", f"{answer.size} bytes"
    if answer.sha256 != asset.sha256:
        return "sha256", asset.sha256, answer.sha256
    kind = headers.get("content-type", "").partition(";")[0].strip()
    if kind != asset.content_type:
        return "content type", asset.content_type, kind or "none"
    if headers.get("x-content-type-options", "").lower() != "nosniff":
        return "X-Content-Type-Options", "nosniff", headers.get("x-content-type-options", "none")
    varies = request.encoding != "identity" or has_twin
    if varies and "accept-encoding" not in _directives(headers.get("vary", "")):
        return "Vary", "Accept-Encoding", headers.get("vary", "none")
    return _cache_problem(asset, headers.get("cache-control", ""))


def _cache_problem(asset: Asset, control: str) -> tuple[str, str, str] | None:
    directives = _directives(control)
    found = control or "none"
    if asset.immutable:
        return None if "immutable" in directives else ("Cache-Control", "immutable", found)
    lifetimes = [part.partition("=")[2] for part in directives if part.startswith("max-age=")]
    too_long = any(value.isdigit() and int(value) > WEEK for value in lifetimes)
    if "immutable" in directives or too_long:
        return "Cache-Control", "at most a week, for the name outlives its content", found
    return None


def _directives(header: str) -> set[str]:
    return {part.strip().lower() for part in header.split(",")}
