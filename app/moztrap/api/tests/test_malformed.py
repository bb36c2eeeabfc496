"""Whatever is sent, no endpoint breaks: bodies and addresses drawn from the API's description."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from moztrap.accounts.models import User
from moztrap.api.actions import create_token
from moztrap.api.tests.conftest import Everything
from moztrap.api.tests.test_schema import DOCUMENT, OPERATIONS, operation

# One value of each kind that JSON has, and the worst of each kind.
JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    10**30,
    "",
    "\x00",
    "x" * 70_000,
    "2026-02-31",
    "9999-12-31T23:59:59Z",
    [],
    [{}],
    [1, 1],
    [10**30],
    {"\x00": {}},
)
RAW = (
    b"",
    b"{",
    b"\xff\xfe{}",
    b"[" * 100_000,
    b'{"name": NaN}',
    b'{"name": 1e999}',
    b'{"name": "\\ud800", "results": "\\udfff"}',
    b'{"\\ud800": 1}',
    b'{"name": 1' + b"0" * 5000 + b"}",
    b"null",
    b"[]",
    b"7",
    b'"x"',
    b"true",
)
KINDS = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "x/y; \xff")
WRITES = [(method, path) for method, path in OPERATIONS if method in ("post", "put", "patch")]
READS = [path for method, path in OPERATIONS if method == "get"]


@pytest.fixture
def client(superuser: User) -> Client:
    _, secret = create_token(by=superuser, name="test", scope="write", days=1)
    return Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return resolved(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "allOf" in schema:
        return resolved(schema["allOf"][0])
    return schema


def body_schema(method: str, path: str) -> dict[str, Any]:
    content = operation(method, path).get("requestBody", {}).get("content", {})
    return resolved(content.get("application/json", {}).get("schema", {}))


def ids_by_name(everything: Everything) -> dict[str, Any]:
    ids = everything.ids
    return {
        "product": ids["product"],
        "productversion": ids["productversion"],
        "source": ids["productversion"],
        "copy_from": ids["productversion"],
        "profile": ids["profile"],
        "category": ids["category"],
        "suite": ids["suite"],
        "into": ids["tag"],
        "tester": ids["user"],
        "case": ids["case"],
        "environment": ids["environment"],
        "environments": [ids["environment"]],
        "elements": [ids["element"]],
        "suites": [ids["suite"]],
        "caseversions": [ids["caseversion"]],
        "add_tags": [ids["tag"]],
        "remove_tags": [ids["tag"]],
        "results": [ids["result"]],
        "name": "Something new",
        "version": "7",
        "build": "7",
        "position": 1,
        "number": 1,
        "instruction": "Press.",
        "status": "draft",
        "deleted_on": "2026-01-01T00:00:00Z",
    }


def sample(schema: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """Return a body that is right, or nearly: what is wrong in it is then one thing alone."""
    values: dict[str, Any] = {}
    for name, field in schema.get("properties", {}).items():
        items = resolved(resolved(field).get("items", {}))
        if items.get("properties"):
            inner = sample(items, known)
            if "passed" in str(items["properties"].get("status", "")) or name == "results":
                inner["status"] = "passed"
            values[name] = [inner]
        elif name in known:
            values[name] = known[name]
    if "results" in values and isinstance(values["results"][0], dict):
        for verdict in values["results"]:
            verdict.pop("steps", None)
    if path_of_cases := values.get("cases"):
        values["cases"] = path_of_cases if isinstance(path_of_cases[0], dict) else [known["case"]]
    return values


def spoilt(schema: dict[str, Any], right: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield bodies in which one field is junk, those of nested objects included."""
    for name, field in schema.get("properties", {}).items():
        for junk in JUNK:
            yield name, right | {name: junk}
        items = resolved(resolved(field).get("items", {}))
        nested = right.get(name)
        inner = nested[0] if isinstance(nested, list) and nested else {}
        if items.get("properties") and isinstance(inner, dict):
            for path, worse in spoilt(items, inner):
                yield f"{name}.{path}", right | {name: [worse]}
    yield "unknown field", right | {"no such field": 1}
    yield "nothing", {}


def address(path: str, everything: Everything, identity: int | None = None) -> str:
    kind = path.split("/")[3]
    singular = {"categories": "category"}.get(kind, kind.removesuffix("s"))
    if kind == "runs":
        singular = "series" if path.endswith("/builds/") else "run"
    own = everything.ids.get(singular, 1) if identity is None else identity
    case = everything.ids["case"] if identity is None else identity
    return path.replace("{id}", str(own)).replace("{case}", str(case))


def send(client: Client, method: str, url: str, body: bytes, kind: str = "application/json") -> Any:
    return client.generic(method.upper(), url, body, content_type=kind, secure=True)


def explained(answer: Any) -> bool:
    """Tell whether a refusal is JSON that says something."""
    return answer.status_code < 400 or bool(answer.json())


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_bodies_with_one_wrong_field_are_refused_or_taken(
    method: str, path: str, client: Client, everything: Everything
) -> None:
    schema = body_schema(method, path)
    known = ids_by_name(everything)
    if "version" not in path:
        known["status"] = "active"
    right = sample(schema, known)
    url = address(path, everything)
    for field, body in spoilt(schema, right):
        answer = send(client, method, url, json.dumps(body).encode())
        assert answer.status_code < 500, (field, body.get(field), answer.content[:300])
        assert explained(answer), field


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_what_is_no_json_is_refused(
    method: str, path: str, client: Client, everything: Everything
) -> None:
    url = address(path, everything)
    takes_a_body = "requestBody" in operation(method, path)
    for raw in RAW:
        answer = send(client, method, url, raw)
        assert answer.status_code < 500, raw[:40]
        if takes_a_body and raw:
            assert answer.status_code in (400, 415), (raw[:40], answer.content[:200])
            assert answer.json(), raw[:40]
    for kind in KINDS:
        answer = send(client, method, url, b"x=1", kind)
        assert answer.status_code < 500, kind
        if takes_a_body and kind and "multipart" not in kind:
            assert answer.status_code == 415, (kind, answer.content[:200])


@pytest.mark.parametrize(("method", "path"), [each for each in OPERATIONS if "{" in each[1]])
def test_records_beyond_every_id_are_not_found(
    method: str, path: str, client: Client, everything: Everything
) -> None:
    right = sample(body_schema(method, path), ids_by_name(everything))
    for identity in (0, 10**18 - 1):
        answer = send(
            client, method, address(path, everything, identity), json.dumps(right).encode()
        )
        expected = (404, 415) if path.endswith("/attachments/") else (404,)
        assert answer.status_code in expected, (identity, answer.content[:200])
        assert answer.json()["detail"]


@pytest.mark.parametrize("path", READS)
def test_addresses_with_one_wrong_value_are_refused_or_answered(
    path: str, client: Client, everything: Everything
) -> None:
    url = address(path, everything)
    names = [each["name"] for each in operation("get", path)["parameters"]]
    for name in (*names, "no_such_filter", "\x00", "format"):
        for value in ("", "\x00", "-1", "1.5", "²", "9" * 30, "😀", "x" * 300, "2026-02-31", "yes"):
            answer = client.get(url, {name: value}, secure=True)
            assert answer.status_code in (200, 400, 404), (name, value, answer.content[:300])
    answer = client.get(url, {"limit": ["1", "2"], "sort": ["id", "x"]}, secure=True)
    assert answer.status_code in (200, 400)


def test_a_body_beyond_every_length_is_refused(
    client: Client, everything: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moztrap.api.parsers.MOST_BYTES", 1024 * 1024)
    body = json.dumps({"name": "x" * (1024 * 1024)}).encode()
    answer = send(client, "post", "/api/v1/products/", body)
    assert answer.status_code == 413
    assert answer.json()["detail"] == "Send at most 1 MB at once."
