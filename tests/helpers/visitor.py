"""A person at a site, as far as HTTP sees one: cookies, forms, redirects."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from tests.helpers.website import Response, Site


@dataclass
class Form:
    """One form of a page, with the values it would send untouched."""

    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _PageParser(HTMLParser):
    """Collects forms, links and resources of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag == "form":
            method = values.get("method", "get").lower()
            self._form = Form(values.get("action", ""), method)
            self.forms.append(self._form)
        if self._form is None:
            return
        name = values.get("name", "")
        if tag in {"input", "select", "textarea", "button"} and name:
            self._form.names.add(name)
        if tag == "input" and name:
            self._take_input(self._form, name, values)
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in values or self._select not in self._form.fields:
                self._form.fields[self._select] = values.get("value", "")
        elif tag == "textarea" and name:
            self._textarea = name
            self._form.fields[name] = ""

    @staticmethod
    def _take_input(form: Form, name: str, values: dict[str, str]) -> None:
        kind = values.get("type", "text")
        if kind in {"submit", "button", "file", "image"}:
            return
        if kind in {"checkbox", "radio"} and "checked" not in values:
            return
        form.fields[name] = values.get("value", "on" if kind == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea and self._form is not None:
            # HTML drops the line break that directly follows <textarea>.
            fields = self._form.fields
            written = fields[self._textarea]
            fields[self._textarea] = written + data if written else data.removeprefix("\n")


def forms_of(page: Response) -> list[Form]:
    """Return the forms of a page."""
    parser = _PageParser()
    parser.feed(page.text)
    return parser.forms


def links_of(page: Response) -> list[str]:
    """Return the targets of a page's links, as written."""
    parser = _PageParser()
    parser.feed(page.text)
    return parser.links


def _multipart(
    fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]
) -> tuple[str, bytes]:
    """Content type and body of a form that carries files (RFC 7578)."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, (file_name, content) in files.items():
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; '
            f'filename="{file_name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        )
        parts.append(head.encode() + content + b"\r\n")
    return f"multipart/form-data; boundary={boundary}", b"".join(
        [*parts, f"--{boundary}--\r\n".encode()]
    )


class Visitor:
    """Keeps cookies, follows redirects within the site, fills in forms."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cookies: dict[str, str] = {}
        self.cookie_headers: list[str] = []

    def get(self, path: str) -> Response:
        """GET a page and follow redirects."""
        return self._follow(self.send("GET", path))

    def send(
        self,
        method: str,
        path: str,
        fields: dict[str, str] | None = None,
        referer: str = "",
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> Response:
        """Send one request with this visitor's cookies and follow nothing."""
        headers = {}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        body = None
        if files:
            headers["Content-Type"], body = _multipart(fields or {}, files)
        elif fields is not None:
            body = urlencode(fields).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if referer:
            headers["Referer"] = referer
            parts = urlsplit(referer)
            headers["Origin"] = f"{parts.scheme}://{parts.netloc}"
        answer = self.site.request(method, path, headers=headers, body=body)
        self._remember(answer)
        return answer

    def submit(
        self,
        page: Response,
        values: dict[str, str],
        *,
        to: str = "",
        follow: bool = True,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> Response:
        """Fill in the form of the page that has all these fields, and send it.

        `to` is a part of the address it goes to, for forms without fields of their own;
        `files` maps fields to a name and what the file holds.
        """
        fitting = [
            (form, target)
            for form in forms_of(page)
            for target in [self.path_of(urljoin(page.url, form.action or page.url))]
            if form.method == "post" and {*values, *(files or {})} <= form.names and to in target
        ]
        if not fitting:
            raise AssertionError(
                f"no form with the fields {sorted(values)} on the page; forms there: "
                f"{[sorted(form.names) for form in forms_of(page)]}\n{page.describe()}"
            )
        form, target = fitting[0]
        answer = self.send("POST", target, {**form.fields, **values}, referer=page.url, files=files)
        return self._follow(answer) if follow else answer

    def log_in(self, login: str, password: str) -> Response:
        """Log in through the login page and return the page that follows."""
        page = self.get("/")
        return self.submit(page, {"login": login, "password": password})

    def path_of(self, url: str) -> str:
        """Return path and query of a URL of this site; another site's is an error."""
        parts = urlsplit(url)
        if parts.netloc and parts.netloc != self.site.host_header:
            raise AssertionError(f"{url} leads away from {self.site.host_header}")
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def _follow(self, answer: Response) -> Response:
        for _ in range(8):
            if answer.status not in {301, 302, 303, 307, 308}:
                return answer
            target = urljoin(answer.url, answer.header("Location") or "")
            answer = self.send("GET", self.path_of(target))
        raise AssertionError(f"more than 8 redirects, last to {answer.url}")

    def _remember(self, answer: Response) -> None:
        for line in answer.header_values("Set-Cookie"):
            self.cookie_headers.append(line)
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
