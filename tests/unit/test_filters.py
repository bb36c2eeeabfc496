"""Filters: whatever an inventory holds becomes valid Python."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from plugins.filter.moztrap import python_literal


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
