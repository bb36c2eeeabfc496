"""Role assets: the whole of STATIC_ROOT at STATIC_URL, byte for byte."""

import hashlib
import http.client
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

from tests.helpers.website import Site, open_connection
from tests.testinfra.conftest import Value

GROUPS = ("static",)
UNITS = ("apache2.service", "nginx.service")
COMPRESSED_TYPES = ("text/", "application/javascript", "application/json", "image/svg")


@pytest.fixture(scope="module")
def manifest(first_of: Callable[[str], Host], value: Value) -> list[dict[str, Any]]:
    """The files of the live release's manifest, as the controller keeps it."""
    facts = value("{'store': artefact_store, 'home': moztrap_home}")
    live = json.loads(first_of("web").file(f"{facts['home']}/state.json").content_string)["current"]
    release = live.rpartition("-")[0]
    kept = json.loads(Path(facts["store"], release, "assets.json").read_text())
    assert kept["release_id"] == release
    files: list[dict[str, Any]] = kept["files"]
    return files


@pytest.fixture(scope="module")
def connection(site: Site) -> Iterator[http.client.HTTPSConnection]:
    """One keep-alive connection for everything."""
    opened = open_connection(site)
    yield opened
    opened.close()


def fetch(
    connection: http.client.HTTPSConnection, path: str, encoding: str = "identity"
) -> tuple[http.client.HTTPResponse, bytes]:
    """GET one file over the kept connection."""
    connection.request("GET", path, headers={"Accept-Encoding": encoding})
    answer = connection.getresponse()
    return answer, answer.read()


def test_every_file_is_served_as_it_was_built(
    connection: http.client.HTTPSConnection, manifest: list[dict[str, Any]], value: Value
) -> None:
    root = value("moztrap_static_url")
    assert manifest, "the manifest names no file"
    wrong: list[tuple[str, object, object]] = []
    for file in manifest:
        answer, body = fetch(connection, root + file["path"])
        digest = hashlib.sha256(body).hexdigest()
        if (answer.status, len(body), digest) != (200, file["size"], file["sha256"]):
            wrong.append((file["path"], answer.status, len(body)))
        kind = (answer.getheader("Content-Type") or "").split(";")[0]
        # Bodies compressed beforehand are files of their own, named .gz and .br.
        if not file["path"].endswith((".gz", ".br")) and kind != file["content_type"].split(";")[0]:
            wrong.append((file["path"], kind, file["content_type"]))
    assert wrong == []


def test_hashed_names_are_cached_for_ever_and_others_not(
    connection: http.client.HTTPSConnection, manifest: list[dict[str, Any]], value: Value
) -> None:
    root = value("moztrap_static_url")
    assert any(file["immutable"] for file in manifest)
    wrong = []
    for file in manifest:
        answer, _ = fetch(connection, root + file["path"])
        caching = answer.getheader("Cache-Control") or ""
        if ("immutable" in caching) != file["immutable"]:
            wrong.append((file["path"], caching))
    assert wrong == []


@pytest.mark.parametrize(("encoding", "suffix"), [("gzip", ".gz"), ("br", ".br")])
def test_compressed_twins_are_served_to_who_accepts_them(
    connection: http.client.HTTPSConnection,
    manifest: list[dict[str, Any]],
    value: Value,
    encoding: str,
    suffix: str,
) -> None:
    root = value("moztrap_static_url")
    paths = {file["path"]: file for file in manifest}
    twins = [path for path in paths if path + suffix in paths]
    assert twins, f"no file has a {suffix} twin"
    for path in twins:
        answer, body = fetch(connection, root + path, encoding)
        assert answer.getheader("Content-Encoding") == encoding, path
        assert "accept-encoding" in (answer.getheader("Vary") or "").lower(), path
        assert len(body) == paths[path + suffix]["size"], path
        kind = (answer.getheader("Content-Type") or "").split(";")[0]
        assert kind == paths[path]["content_type"].split(";")[0], path


def test_who_refuses_an_encoding_does_not_get_it(
    connection: http.client.HTTPSConnection, manifest: list[dict[str, Any]], value: Value
) -> None:
    paths = {file["path"]: file for file in manifest}
    path = next(name for name in paths if {f"{name}.gz", f"{name}.br"} <= set(paths))
    for accepted, encoding in (
        ("br;q=0, gzip;q=0", None),
        ("gzip, br;q=0", "gzip"),
        ("gzip, deflate, br", "br"),
        ("identity", None),
        ("x-br, brr", None),
    ):
        answer, _ = fetch(connection, value("moztrap_static_url") + path, accepted)
        assert answer.getheader("Content-Encoding") == encoding, accepted


def test_who_has_a_file_is_not_sent_it_again(
    connection: http.client.HTTPSConnection, manifest: list[dict[str, Any]], value: Value
) -> None:
    paths = {file["path"] for file in manifest}
    path = next(
        file["path"]
        for file in manifest
        if file["immutable"] and file["size"] > 1000 and f"{file['path']}.br" in paths
    )
    url = value("moztrap_static_url") + path
    first, _ = fetch(connection, url)
    tag, modified = first.getheader("ETag"), first.getheader("Last-Modified")
    squeezed, _ = fetch(connection, url, "br")
    assert squeezed.getheader("Content-Encoding") == "br"
    for name, told, encoding in (
        ("If-None-Match", tag, "identity"),
        ("If-Modified-Since", modified, "identity"),
        ("If-None-Match", squeezed.getheader("ETag"), "br"),
    ):
        assert told, f"no answer to {name} is possible"
        connection.request("GET", url, headers={name: told, "Accept-Encoding": encoding})
        again = connection.getresponse()
        assert (again.status, again.read()) == (304, b""), (name, encoding)
        assert "immutable" in (again.getheader("Cache-Control") or "")
        assert not again.getheader("Content-Encoding"), encoding
    connection.request("GET", url, headers={"Range": "bytes=0-9", "Accept-Encoding": "identity"})
    part = connection.getresponse()
    assert (part.status, len(part.read())) == (206, 10)
    connection.request("HEAD", url, headers={"Accept-Encoding": "identity"})
    head = connection.getresponse()
    assert (head.status, head.read()) == (200, b"")
    assert head.getheader("Content-Length") == first.getheader("Content-Length")


def test_files_carry_the_headers_of_every_answer(
    connection: http.client.HTTPSConnection, manifest: list[dict[str, Any]], value: Value
) -> None:
    answer, _ = fetch(connection, value("moztrap_static_url") + manifest[0]["path"])
    assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert len(answer.headers.get_all("Strict-Transport-Security") or []) == 1
    assert len(answer.headers.get_all("Cache-Control") or []) == 1
    policies = answer.headers.get_all("Content-Security-Policy") or []
    assert [policy[:19] for policy in policies] == ["default-src 'none';"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_files_are_only_read(
    site: Site, manifest: list[dict[str, Any]], value: Value, method: str
) -> None:
    answer = site.request(method, value("moztrap_static_url") + manifest[0]["path"])
    assert answer.status == 405, answer.describe()


def test_the_live_release_is_marked_as_proven_and_never_from_a_cache(
    first_of: Callable[[str], Host], connection: http.client.HTTPSConnection, value: Value
) -> None:
    facts = value("{'root': moztrap_static_url, 'store': artefact_store, 'home': moztrap_home}")
    state = first_of("web").file(f"{facts['home']}/state.json").content_string
    release = json.loads(state)["current"].rpartition("-")[0]
    kept = Path(facts["store"], release, "assets.json").read_bytes()
    answer, body = fetch(connection, f"{facts['root']}proofs/{release}.txt")
    assert answer.status == 200
    assert body.decode() == hashlib.sha256(kept).hexdigest() + "\n"
    assert answer.getheader("Cache-Control") == "no-cache"
    answer, _ = fetch(connection, f"{facts['root']}proofs/{'0' * 12}.txt")
    assert answer.status == 404


def test_manifests_beside_the_assets_are_not_served(
    host: Host, connection: http.client.HTTPSConnection, value: Value
) -> None:
    folder = f"{value('moztrap_home')}/assets/.manifests"
    names = host.file(folder).listdir()
    assert any(name.endswith(".json.sig") for name in names), names
    for name in names:
        answer, _ = fetch(connection, f"{value('moztrap_static_url')}.manifests/{name}")
        assert answer.status == 404, name


def test_assets_belong_to_root(host: Host, value: Value) -> None:
    loose = host.run(
        "find %s/assets \\( ! -user root -o -perm /022 \\) ! -type l | head", value("moztrap_home")
    )
    assert loose.stdout == "", loose.stdout


def test_static_files_are_not_served_from_a_release(host: Host) -> None:
    shown = host.run("grep -rnEi '(alias|root) .*releases' /etc/apache2 /etc/nginx 2>/dev/null")
    assert shown.stdout == "", shown.stdout


def test_static_server_has_nothing_else_to_show(host: Host, site: Site, value: Value) -> None:
    if host.backend.get_hostname() in value("moztrap_web_hosts"):
        return
    for path in ("/", "/accounts/login/", "/healthz", "/media/x.png"):
        answer = site.get(path)
        assert answer.status in {403, 404}, answer.describe()
