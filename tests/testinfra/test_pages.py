"""Every page of the site: behind a login, under a policy, with careful cookies."""

import json
import re

import pytest
from testinfra.host import Host

from tests.helpers.url_walk import SCRIPT
from tests.helpers.visitor import Visitor
from tests.helpers.website import Response, Site
from tests.testinfra.conftest import Value

GROUPS = ("web",)
UNITS = ("moztrap-application@main.service", "moztrap-gunicorn@*.service")

# What somebody without an account needs: to log in, to get one, to get back in; and
# what balancers ask. Everything else must lead to the login page.
PUBLIC = re.compile(
    r"^/(healthz|readyz|favicon\.ico|robots\.txt|users/|accounts/"
    r"(login|logout|signup|register|confirm-email|password/reset|inactive|activate|oidc/(login|callback))).*$"
)


@pytest.fixture(scope="module")
def urls(host: Host, value: Value) -> dict[str, str]:
    """Every path of the application and the name of its pattern."""
    facts = value("[moztrap_home, moztrap_user]")
    listed = host.run(
        "cd %s/current && runuser -u %s -- bin/manage shell --verbosity 0 -c %s",
        *facts,
        SCRIPT,
    )
    assert listed.rc == 0, listed.stderr
    paths: dict[str, str] = json.loads(listed.stdout)
    return paths


@pytest.fixture(scope="module")
def login_path(visitor: Visitor) -> str:
    """Where somebody without an account ends up."""
    page = visitor.get("/")
    assert page.status == 200, page.describe()
    return visitor.path_of(page.url).split("?")[0]


def test_front_page_leads_to_the_login_page(visitor: Visitor, login_path: str) -> None:
    page = visitor.get(login_path)
    assert 'type="password"' in page.text, page.describe()


def test_anonymous_gets_a_login_page_everywhere(
    site: Site, urls: dict[str, str], login_path: str
) -> None:
    assert len(urls) > 20, f"only {len(urls)} URLs were found: the walk is broken"
    open_to_all = []
    for path, name in sorted(urls.items()):
        if PUBLIC.match(path):
            continue
        for method in ("GET", "POST"):
            answer = site.request(method, path)
            to_login = answer.status == 302 and login_path in (answer.header("Location") or "")
            # Programs are asked for a token instead.
            refused = {401, 403, 405} if path.startswith("/api/") else {403, 405}
            if not to_login and answer.status not in refused:
                open_to_all.append(f"{method} {path} ({name}): {answer.status}")
    assert open_to_all == []


def test_unknown_pages_tell_nothing(site: Site, login_path: str) -> None:
    answer = site.get("/no-such-page/")
    to_login = answer.status == 302 and login_path in (answer.header("Location") or "")
    assert to_login or answer.status == 404, answer.describe()
    assert "Traceback" not in answer.text
    assert "DEBUG" not in answer.text


def policy_faults(page: Response) -> list[str]:
    """Return what is wrong with the Content-Security-Policy of a page."""
    values = page.header_values("Content-Security-Policy")
    if len(values) != 1:
        return [f"{len(values)} policies"]
    faults = []
    if not re.search(r"(script|default)-src [^;]*'nonce-[A-Za-z0-9+/=_-]{16,}'", values[0]):
        faults.append("no nonce")
    faults += [word for word in ("'unsafe-inline'", "'unsafe-eval'", "*") if word in values[0]]
    nonces = set(re.findall(r"'nonce-([^']+)'", values[0]))
    for tag, attributes in re.findall(r"<(script|style)\b([^>]*)>", page.text):
        inline = tag == "style" or "src=" not in attributes
        written = re.search(r'nonce="([^"]+)"', attributes)
        is_data = "application/json" in attributes or "ld+json" in attributes
        if inline and not is_data and (written is None or written.group(1) not in nonces):
            faults.append(f"<{tag}{attributes}> without the nonce")
    faults += re.findall(r"<[a-z]+ [^>]*\bon(?:click|load|submit|change)=", page.text)
    faults += re.findall(r"<[a-z]+ [^>]*\bstyle=\"", page.text)
    return faults


def test_every_page_has_a_policy_with_a_nonce(administrator: Visitor, urls: dict[str, str]) -> None:
    faults, nonces, pages = {}, set(), 0
    for path in sorted(urls):
        if "logout" in path:
            continue
        page = administrator.get(path)
        assert page.status < 500, page.describe()
        if not (page.header("Content-Type") or "").startswith("text/html"):
            continue
        pages += 1
        if found := policy_faults(page):
            faults[path] = found
        nonces |= set(re.findall(r"'nonce-([^']+)'", page.header("Content-Security-Policy") or ""))
    assert faults == {}
    assert len(nonces) >= pages, "a nonce was used for more than one page"


def test_error_pages_look_like_the_site(administrator: Visitor) -> None:
    page = administrator.get("/no-such-page/")
    assert page.status == 404, page.describe()
    assert policy_faults(page) == []
    assert "<nav" in page.text or "<header" in page.text, page.describe()


def test_cookies_are_secure(administrator: Visitor) -> None:
    assert administrator.cookie_headers
    for line in administrator.cookie_headers:
        parts = [part.strip().lower() for part in line.split(";")]
        assert "secure" in parts, line
        assert any(part in {"samesite=lax", "samesite=strict"} for part in parts), line
        assert not any(part.startswith("domain=") for part in parts), line
        if line.lower().startswith(("sessionid=", "moztrap_session=", "__host-session")):
            assert "httponly" in parts, line


def test_logging_out_needs_a_post(administrator: Visitor, urls: dict[str, str]) -> None:
    for path in [path for path in urls if "logout" in path]:
        administrator.get(path)
    page = administrator.get("/")
    assert 'type="password"' not in page.text, "a GET logged the administrator out"


def test_login_does_not_lead_elsewhere(site: Site, value: Value, login_path: str) -> None:
    person = Visitor(site)
    page = person.get(f"{login_path}?next=https://elsewhere.example.net/")
    answer = person.submit(
        page,
        {"login": value("moztrap_admin_username"), "password": value("moztrap_admin_password")},
        follow=False,
    )
    assert answer.status == 302, answer.describe()
    assert "elsewhere" not in (answer.header("Location") or ""), answer.describe()
