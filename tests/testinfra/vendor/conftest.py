"""Fixtures of the tests of the vendor library that change their host."""

from tests.testinfra.negative.conftest import converge  # noqa: F401
