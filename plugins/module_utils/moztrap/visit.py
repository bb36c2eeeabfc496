"""A visitor's first request: plain HTTP, then the login page over HTTPS."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from ansible.module_utils.moztrap.activation import DEPLOYMENT_HEADER
from ansible.module_utils.moztrap.web import SiteConnection

MOST_REDIRECTS = 3
# A form for a password, or the one that begins a login at a provider, which may be the only one.
WAYS_IN = (b'type="password"', b'action="/accounts/oidc/login/"')


def visit_login_page(
    *, address: str, server_name: str, ca_path: str | None, deployment: str
) -> tuple[list[str], str]:
    """What is wrong with the site (nothing: an empty list), and what was seen."""
    problems = _plain_http_problems(address, server_name)
    connection = SiteConnection(address, server_name, ca_path)
    path = "/"
    try:
        answer = connection.ask(path)
        for _ in range(MOST_REDIRECTS):
            if answer.status not in {301, 302, 303, 307, 308}:
                break
            target = urlsplit(answer.headers.get("location", ""))
            if target.hostname not in {None, server_name}:
                problems.append(f"{path} redirects to another host, {target.hostname}")
                break
            path = target.path + (f"?{target.query}" if target.query else "")
            answer = connection.ask(path)
    finally:
        connection.close()
    if answer.status != 200:
        problems.append(f"{path} answers with status {answer.status} instead of 200")
    elif b'name="csrfmiddlewaretoken"' not in answer.body or not any(
        way in answer.body for way in WAYS_IN
    ):
        problems.append(f"{path} holds no login form")
    served = answer.headers.get(DEPLOYMENT_HEADER)
    if served != deployment:
        problems.append(f"{path} is served by deployment {served}, not {deployment}")
    if "strict-transport-security" not in answer.headers:
        problems.append(f"{path} has no Strict-Transport-Security header")
    return problems, f"https://{server_name}{path} is served by {served}"


def _plain_http_problems(address: str, server_name: str) -> list[str]:
    plain = http.client.HTTPConnection(address, 80, timeout=10)
    try:
        plain.request("GET", "/", headers={"Host": server_name})
        response = plain.getresponse()
        response.read()
        location = response.getheader("location") or ""
        if response.status not in {301, 308} or not location.startswith(f"https://{server_name}"):
            return [
                f"plain HTTP answers with {response.status} {location}"
                " instead of redirecting to HTTPS"
            ]
    finally:
        plain.close()
    return []
