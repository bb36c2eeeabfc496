"""Compare what the source says with what is here; nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from moztrap.catalog.models import Product, ProductVersion
from moztrap.library.importing.records import Source, SourceCase
from moztrap.library.models import Case, CaseVersion


@dataclass(frozen=True, slots=True)
class Existing:
    """A case version that is here already."""

    pk: int
    case_id: int
    cc_version: int
    is_deleted: bool
    digest: str | None
    imported_cc_version: int | None


@dataclass(frozen=True, slots=True)
class Write:
    """A case version to be written: what, what it is known by, and over what."""

    case: SourceCase
    digest: str
    # None: the case is new to the product.
    case_pk: int | None = None
    # None: the case is new to the product version.
    existing: Existing | None = None


@dataclass
class Plan:
    """What an import would do."""

    product: Product | None
    version: ProductVersion | None
    created: list[Write] = field(default_factory=list)
    updated: list[Write] = field(default_factory=list)
    unchanged: list[SourceCase] = field(default_factory=list)
    # The source changed, and so did somebody here.
    edited_here: list[SourceCase] = field(default_factory=list)
    deleted_here: list[SourceCase] = field(default_factory=list)

    @property
    def writes(self) -> list[Write]:
        """Return all that is to be written."""
        return self.created + self.updated

    @property
    def tag_ids(self) -> set[int]:
        """Return the source's ids of the tags that the writes need."""
        return {tag_id for write in self.writes for tag_id in write.case.tag_ids}

    @property
    def environment_ids(self) -> set[int]:
        """Return the source's ids of the environments that the writes need."""
        return {env_id for write in self.writes for env_id in write.case.environment_ids}


def origin_of(source_name: str, kind: str, identity: int) -> str:
    """Name a record of the source, as our ``origin`` columns keep it."""
    return f"{source_name}/{kind}/{identity}"


def make_plan(
    source: Source,
    *,
    source_name: str,
    product_name: str,
    version_name: str,
    overwrite: bool = False,
) -> Plan:
    """Decide for every case of the source what becomes of it; at most 4 queries."""
    product = Product.objects.filter(name=product_name).first()
    version = None
    if product is not None:
        version = ProductVersion.objects.filter(product=product, version=version_name).first()
    plan = Plan(product, version)
    cases = _known_cases(product, source_name) if product is not None else {}
    versions = _known_versions(version) if version is not None and cases else {}
    for case in source.cases:
        digest = source.digest_of(case)
        case_pk, is_deleted = cases.get(origin_of(source_name, "case", case.case_id), (None, False))
        existing = versions.get(case_pk) if case_pk is not None else None
        if is_deleted or (existing is not None and existing.is_deleted):
            plan.deleted_here.append(case)
        elif existing is None:
            plan.created.append(Write(case, digest, case_pk))
        elif existing.digest == digest:
            plan.unchanged.append(case)
        elif existing.cc_version != existing.imported_cc_version and not overwrite:
            plan.edited_here.append(case)
        else:
            plan.updated.append(Write(case, digest, case_pk, existing))
    return plan


def _known_cases(product: Product, source_name: str) -> Mapping[str, tuple[int, bool]]:
    rows = Case.everything.filter(product=product, origin__startswith=f"{source_name}/case/")
    return {
        origin: (pk, deleted_on is not None)
        for pk, origin, deleted_on in rows.values_list("pk", "origin", "deleted_on")
    }


def _known_versions(version: ProductVersion) -> Mapping[int, Existing]:
    rows = CaseVersion.everything.filter(productversion=version, case__origin__isnull=False)
    columns = (
        "pk",
        "case_id",
        "cc_version",
        "deleted_on",
        "imported__digest",
        "imported__cc_version",
    )
    known: dict[int, Existing] = {}
    for pk, case_id, cc_version, deleted_on, digest, imported in rows.values_list(*columns):
        # Beside a live row there may be deleted ones, which do not count then.
        if deleted_on is None or case_id not in known:
            known[case_id] = Existing(
                pk, case_id, cc_version, deleted_on is not None, digest, imported
            )
    return known
