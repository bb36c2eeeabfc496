"""A product with two versions, and a case in the older one."""

import pytest

from moztrap.catalog.actions import create_product, create_version
from moztrap.catalog.models import ProductVersion
from moztrap.library.actions import StepText, create_case, create_tag
from moztrap.library.models import CaseVersion


@pytest.fixture
def versions(db: None) -> list[ProductVersion]:
    """Two versions of one product, the older one first."""
    product = create_product(by=None, name="Bell")
    return [create_version(by=None, product=product, version=version) for version in ("1.0", "2.0")]


@pytest.fixture
def caseversion(versions: list[ProductVersion]) -> CaseVersion:
    """A case with two steps and a tag, in the older version."""
    return create_case(
        by=None,
        productversion=versions[0],
        name="Ring the bell",
        idprefix="BELL",
        priority=2,
        steps=[StepText("Press.", "It rings."), StepText("Let go.")],
        tags=[create_tag(by=None, name="smoke", product=versions[0].product)],
    )
