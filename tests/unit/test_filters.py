"""Filters: whatever an inventory holds becomes valid Python."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from plugins.filter.moztrap import FilterModule, python_literal


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        'it\'s "quoted" \\ and\nbroken',
        "{{ not a template }} {% nor this %}",
        "Ünïcode 日本語 \u2028",
        "",
        0,
        -3,
        2.5,
        True,
        None,
        ["a", 1, {"b": [None, False]}],
        {"key": {"nested": "'"}},
    ],
)
def test_values_survive_the_way_into_python(value: Any) -> None:
    text = python_literal(value)
    assert "\n" not in text
    assert ast.literal_eval(text) == value


def test_what_has_no_literal_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="no Python literal"):
        python_literal(object())


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("127.0.0.1", True), ("10.1.2.3", True), ("192.168.0.9", True), ("172.31.0.1", True),
        ("198.18.0.7", True), ("100.64.0.1", True), ("fd12:3456::1", True), ("::1", True),
        ("0.0.0.0", False),  # noqa: S104
        ("172.32.0.1", False), ("8.8.8.8", False), ("::", False), ("2001:db8::1", False),
        ("cache.example.com", False), ("10.0.0.1,8.8.8.8", False), ("", False),
    ],
)  # fmt: skip
def test_what_strangers_reach_is_not_private(address: str, private: bool) -> None:
    assert FilterModule().filters()["moztrap_is_private"](address) is private
