"""gunicorn's configuration, read by gunicorn itself, and what it makes of a request."""

from __future__ import annotations

import io
import runpy
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.programs import run
from tests.helpers.role_templates import MULTI, ROOT, render

Application = Any


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    path = tmp_path / "gunicorn.conf.py"
    path.write_text(render("gunicorn", "gunicorn.conf.py.j2"))
    return path


def test_gunicorn_reads_its_configuration(configuration: Path) -> None:
    """With the application, as it will run it."""
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", "--config", str(configuration)],
        cwd=ROOT / "app",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_nothing_but_the_socket_leads_in(configuration: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--print-config", "--config", str(configuration)],
        cwd=ROOT / "app",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    settings = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    found = {name.strip(): value.strip() for name, value in settings.items()}
    assert found["control_socket_disable"] == "True"
    assert found["forwarder_headers"] in {"[]", "['']"}
    assert found["http2_cleartext"] == "off"
    assert found["worker_class"].endswith("gthread") or "ThreadWorker" in found["worker_class"]


def behind_web_server(configuration: Path, application: Application) -> Application:
    """The application as a worker would run it."""
    hooks = runpy.run_path(str(configuration))
    worker = type("Worker", (), {"wsgi": staticmethod(application)})()
    hooks["post_worker_init"](worker)
    return worker.wsgi


def environment(**given: Any) -> dict[str, Any]:
    return {"REMOTE_ADDR": "", "wsgi.input": io.BytesIO(), **given}


@pytest.mark.parametrize(
    ("claimed", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        # Our web server replaces what clients claim; if it did not, the last word is its own.
        ("127.0.0.1, 198.51.100.7", "198.51.100.7"),
        ("2001:db8::1", "2001:db8::1"),
        (None, "127.0.0.1"),
    ],
)
def test_the_client_is_whom_the_web_server_saw(
    configuration: Path, claimed: str | None, address: str
) -> None:
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        seen.update(environ)
        return [b""]

    given = environment(HTTP_X_FORWARDED_HOST="elsewhere", HTTP_X_FORWARDED_SERVER="elsewhere")
    if claimed is not None:
        given["HTTP_X_FORWARDED_FOR"] = claimed
    behind_web_server(configuration, application)(given, None)
    assert seen["REMOTE_ADDR"] == address
    assert not [name for name in seen if name.startswith("HTTP_X_FORWARDED_")]


class Parts(list[bytes]):
    """An answer that notes when it was closed."""

    closed = False

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    "given", [{"CONTENT_LENGTH": "200000"}, {"HTTP_TRANSFER_ENCODING": "chunked"}]
)
def test_what_was_not_read_of_an_upload_is_read_after_the_answer(
    configuration: Path, given: dict[str, str]
) -> None:
    """Otherwise the web server could not send all of it, and would call that a failure."""
    body, parts = io.BytesIO(b"x" * 200_000), Parts([b"refused"])
    served = behind_web_server(configuration, lambda environ, start: parts)
    answer = served(environment(**given, **{"wsgi.input": body}), None)
    assert list(answer) == [b"refused"]
    assert body.tell() == 0, "the answer waited for the upload"
    answer.close()
    assert body.tell() == 200_000
    assert parts.closed


def test_an_answer_to_a_request_without_a_body_is_passed_on_as_it_is(configuration: Path) -> None:
    """So that gunicorn sees that it is a file, which the kernel can send."""
    parts = Parts([b""])
    served = behind_web_server(configuration, lambda environ, start: parts)
    assert served(environment(CONTENT_LENGTH="0"), None) is parts
    assert served(environment(), None) is parts


@pytest.mark.parametrize("name", ["moztrap-gunicorn@.service.j2", "moztrap-gunicorn@.socket.j2"])
def test_systemd_reads_the_units(name: str, tmp_path: Path) -> None:
    for each in ("moztrap-gunicorn@.service", "moztrap-gunicorn@.socket"):
        text = render("gunicorn", f"{each}.j2", MULTI, "web1", moztrap_user="root")
        (tmp_path / each.replace("@", "@blue")).write_text(text)
    unit = tmp_path / name.removesuffix(".j2").replace("@", "@blue")
    done = run("systemd-analyze", "verify", "--man=no", unit, SYSTEMD_UNIT_PATH=f"{tmp_path}:")
    complaints = [line for line in done.stderr.splitlines() if "moztrap-gunicorn" in line]
    assert [line for line in complaints if "Unknown" in line or "Invalid" in line] == []
