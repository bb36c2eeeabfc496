"""What several tests of the core use."""

import pytest

from moztrap.core.cache import base
from moztrap.core.tests.cache_stores import PATIENCE


@pytest.fixture
def patient_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches wait for their stores however busy the machine is."""
    monkeypatch.setattr(base, "LONGEST_WAIT", PATIENCE)
