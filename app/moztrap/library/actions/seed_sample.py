"""Write the sample library where it is not yet."""

from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile

from moztrap.catalog.actions import create_product, create_version
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import atomic
from moztrap.core.uploads import take_upload
from moztrap.environments.actions import (
    create_category,
    create_element,
    create_environment,
    create_profile,
)
from moztrap.environments.models import Category, Element, Environment, Profile
from moztrap.library.actions.create_case import create_case
from moztrap.library.actions.create_suite import create_suite
from moztrap.library.actions.create_tag import create_tag
from moztrap.library.actions.extend_case import extend_case
from moztrap.library.actions.fill_suite import add_cases
from moztrap.library.actions.write_attachments import FOLDER
from moztrap.library.actions.write_steps import StepText, write_steps
from moztrap.library.models import CaseVersion, SuiteCase, Tag
from moztrap.library.sample import Sample, SampleCase, SampleProduct, load_sample


@dataclass(frozen=True)
class Seeded:
    """What became of one product of the sample."""

    product: str
    # None: it was here already, or somebody has deleted it; either way it was left alone.
    cases: int | None


@atomic()
def seed_sample() -> list[Seeded]:
    """Write each product of the sample that no product here, deleted ones included, is named like.

    What people made of the sample is theirs: a product that is here is not touched.
    """
    sample = load_sample()
    present = set(Product.everything.values_list("name", flat=True))
    missing = [product for product in sample.products if product.name not in present]
    if missing:
        environments = _environments(sample)
        tags = {name: _global_tag(name, text) for name, text in sample.tags.items()}
        for product in missing:
            _write(product, environments, tags)
    return [
        Seeded(product.name, len(product.cases) if product in missing else None)
        for product in sample.products
    ]


def _environments(sample: Sample) -> list[Environment]:
    elements: dict[str, Element] = {}
    for category_name, names in sample.environments.items():
        category = Category.objects.filter(name=category_name).first() or create_category(
            by=None, name=category_name
        )
        for name in names:
            elements[name] = Element.objects.filter(
                category=category, name=name
            ).first() or create_element(by=None, category=category, name=name)
    made = [
        create_environment(by=None, elements=[elements[name] for name in combination])
        for combination in sample.combinations
    ]
    for profile_name, names in sample.profiles.items():
        if not Profile.everything.filter(name=profile_name).exists():
            create_profile(by=None, name=profile_name, elements=[elements[name] for name in names])
    return made


def _global_tag(name: str, description: str) -> Tag:
    return Tag.objects.filter(name=name, product=None).first() or create_tag(
        by=None, name=name, description=description
    )


def _write(sample: SampleProduct, environments: list[Environment], tags: dict[str, Tag]) -> None:
    product = create_product(by=None, name=sample.name, description=sample.description)
    versions = [
        create_version(
            by=None, product=product, version=version, codename=codename, environments=environments
        )
        for version, codename in sample.versions
    ]
    own_tags = {
        name: create_tag(by=None, name=name, description=text, product=product)
        for name, text in sample.tags.items()
    }
    for case in sample.cases:
        _write_case(case, sample.prefix, versions, tags | own_tags)
    for name, tag in sample.suites.items():
        _write_suite(product, name, tag)


def _write_suite(product: Product, name: str, tag: str) -> None:
    suite = create_suite(by=None, product=product, name=name)
    rows: Any = CaseVersion.objects.newest_of_each_case().filter(case__product=product)
    rows = rows.tagged(tag) if tag else rows.exclude(case__in=SuiteCase.objects.values("case"))
    add_cases(suite, by=None, caseversions=rows.order_by("case"))


def _write_case(
    sample: SampleCase, prefix: str, versions: list[ProductVersion], tags: dict[str, Tag]
) -> None:
    names = [version.version for version in versions]
    first, *newer = versions[names.index(sample.since) :]
    caseversion = create_case(
        by=None,
        productversion=first,
        name=sample.name,
        description=sample.description,
        status=sample.status,
        idprefix=prefix,
        priority=sample.priority,
        steps=[StepText(*step) for step in sample.steps],
        tags=[tags[name] for name in sample.tags],
        uploads=[
            take_upload(ContentFile(text.encode(), name=name), folder=FOLDER)
            for name, text in sample.files
        ],
    )
    for version in newer:
        caseversion = extend_case(caseversion, by=None, productversion=version)
        if version.version in sample.later:
            write_steps(caseversion, [StepText(*step) for step in sample.later[version.version]])
