"""The user guide of the API names every address, and its examples are what is taken."""

import json
import re
from typing import Any

import pytest

from moztrap.api.tests.test_malformed import resolved
from moztrap.api.tests.test_schema import DOCUMENT, OPERATIONS, operation
from moztrap.core.testing import DOCUMENTATION, WITHOUT_DOCUMENTATION

if not DOCUMENTATION.is_dir():
    pytest.skip(WITHOUT_DOCUMENTATION, allow_module_level=True)
GUIDE = (DOCUMENTATION / "users" / "api.md").read_text(encoding="utf-8")
_COMMAND = re.compile(
    r"(?:moztrap|curl)(?P<options>[^\n]*?)\"\$MOZTRAP/(?P<path>[^?\"]*)"
    r"(?:\?(?P<query>[^\"]*))?\"(?: -d '(?P<body>.*?)')?(?P<form> -F [^\n]*)?\n",
    re.S,
)
EXAMPLES = [each.groupdict() for each in _COMMAND.finditer(GUIDE)]


def where(path: str) -> str:
    """Return the address as the description has it."""
    parts = re.sub(r"\b\d+\b", "{id}", f"/api/v1/{path}")
    return re.sub(r"(/cases/)\{id\}/$", r"\1{case}/", parts) if "suites" in parts else parts


def method_of(example: dict[str, Any]) -> str:
    named = re.search(r"-X (\w+)", example["options"])
    if named:
        return named[1].lower()
    return "post" if example["body"] or example["form"] else "get"


def test_every_address_is_in_the_guide() -> None:
    told = GUIDE.replace("ID/", "{id}/").replace("CASE/", "{case}/")
    told = re.sub(r"(?<=/)\d+(?=/)", "{id}", told).replace('/cases/{id}/"', '/cases/{case}/"')
    for _, path in OPERATIONS:
        short = path.removeprefix("/api/v1/")
        if short.removesuffix("{id}/") in (
            "categories/",
            "elements/",
            "environments/",
            "profiles/",
        ):
            short = short.removesuffix("{id}/")
        assert short in told, short


def test_every_write_has_an_example() -> None:
    shown = {(method_of(each), where(each["path"])) for each in EXAMPLES}
    # One of each kind stands for the like of it.
    likes = re.compile(r"/(categories|elements|environments|profiles|tags|suites|productversions)/")
    missing = [
        (method, path)
        for method, path in OPERATIONS
        if method != "get"
        and (method, path) not in shown
        and not (path.endswith("/{id}/") and likes.search(path))
    ]
    assert missing == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: f"{method_of(each)} {each['path']}")
def test_an_example_is_what_is_taken(example: dict[str, Any]) -> None:
    told = operation(method_of(example), where(example["path"]))
    known = {each["name"] for each in told.get("parameters", [])}
    asked = {pair.partition("=")[0] for pair in (example["query"] or "").split("&") if pair}
    assert asked <= known
    if example["body"] is None:
        return
    schema = resolved(told["requestBody"]["content"]["application/json"]["schema"])
    compare(json.loads(example["body"]), schema)


def compare(value: Any, schema: dict[str, Any]) -> None:
    """Every field is one that is described, and all that are needed are there."""
    if isinstance(value, list):
        for each in value:
            compare(each, resolved(schema.get("items", {})))
    if isinstance(value, dict):
        assert set(value) <= set(schema["properties"])
        assert set(schema.get("required", ())) <= set(value)
        for name, inner in value.items():
            compare(inner, resolved(schema["properties"][name]))


def test_the_examples_are_found() -> None:
    assert len(EXAMPLES) > 40
    assert DOCUMENT["paths"]
