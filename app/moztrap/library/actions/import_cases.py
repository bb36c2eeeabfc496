"""Import what the public MozTrap API served: all of it or nothing."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser

from moztrap.catalog.actions import create_product, create_version
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import atomic, record_audit
from moztrap.core.authority import authorise
from moztrap.environments.models import Element, Environment
from moztrap.library.actions.mark_latest import mark_latest
from moztrap.library.importing.plan import Plan, make_plan, origin_of
from moztrap.library.importing.records import Source
from moztrap.library.importing.report import Line, Report
from moztrap.library.importing.rows import Context, create_rows, share_names, update_rows
from moztrap.library.importing.shared import (
    Written,
    missing_tags,
    write_environments,
    write_tags,
)
from moztrap.library.models import Case


@dataclass(frozen=True)
class Target:
    """Where the cases go, and what they are known by."""

    product_name: str
    version_name: str
    source_name: str = "moztrap"
    # Overwrite what people changed here, where the source has changed too.
    overwrite: bool = False


def plan_import(source: Source, target: Target) -> Report:
    """Say what `import_cases` would do; writes nothing."""
    plan = _plan(source, target)
    origins = {i: origin_of(target.source_name, "environment", i) for i in plan.environment_ids}
    elements = {e for i in plan.environment_ids for e in source.environments[i].element_ids}
    element_origins = [origin_of(target.source_name, "element", i) for i in elements]
    known = Environment.everything.filter(origin__in=origins.values()).count()
    known_elements = Element.everything.filter(origin__in=element_origins).count()
    return _report(
        source,
        plan,
        tags=missing_tags(source, plan.tag_ids, plan.product),
        environments=len(origins) - known,
        elements=len(element_origins) - known_elements,
    )


@atomic()
def import_cases(
    source: Source,
    target: Target,
    *,
    by: AbstractBaseUser | None,
    advance: Callable[[int], None] = lambda count: None,
) -> Report:
    """Write what is new or has changed at the source; say what was done.

    ``advance`` hears of every batch of cases. Two imports into one product wait for
    each other, so that neither sees half of the other; whoever edits an imported case
    meanwhile waits as well, and is told afterwards if the import has changed it.
    """
    authorise(by, "manage_cases")
    _hold(target)
    plan = _plan(source, target)
    if not plan.writes:
        return _report(source, plan)
    product = plan.product or create_product(by=by, name=target.product_name)
    version = plan.version or create_version(by=by, product=product, version=target.version_name)
    tags = write_tags(source, plan.tag_ids, product=product, by=by)
    environments, elements = write_environments(
        source, plan.environment_ids, source_name=target.source_name, by=by
    )
    _join_version(version, environments, is_new=plan.version is None)
    context = Context(
        version=version,
        source_name=target.source_name,
        by=by,
        tags=tags.ids,
        environments=environments.ids,
        all_environments=frozenset(version.environments.values_list("pk", flat=True)),
    )
    create_rows(plan.created, context, advance)
    update_rows(plan.updated, context, advance)
    share_names(plan.writes, context)
    mark_latest(product, by=by)
    report = _report(
        source,
        plan,
        tags=len(tags.created),
        environments=len(environments.created),
        elements=len(elements.created),
    )
    details = {line.name: [line.created, line.updated] for line in report.lines}
    record_audit("import", version, by=by, details=details)
    return report


def _hold(target: Target) -> None:
    """Wait until nobody else writes what the import may write; before anything is compared.

    The product first and then its cases, which is the order of every other writer
    (see `hold_case`).
    """
    product = Product.objects.select_for_update().filter(name=target.product_name).first()
    if product is not None:
        origin = f"{target.source_name}/case/"
        cases = Case.everything.select_for_update().filter(
            product=product, origin__startswith=origin
        )
        # Run for its locks: one statement, whatever the number of cases.
        list(cases.order_by("pk").values_list("pk"))


def _plan(source: Source, target: Target) -> Plan:
    return make_plan(
        source,
        source_name=target.source_name,
        product_name=target.product_name,
        version_name=target.version_name,
        overwrite=target.overwrite,
    )


def _join_version(version: ProductVersion, environments: Written, *, is_new: bool) -> None:
    """Give a version the new environments, and a new version all of them.

    What somebody took out of an old version stays out.
    """
    joining = environments.ids.values() if is_new else environments.created
    link = ProductVersion.environments.through
    link.objects.bulk_create(
        link(productversion_id=version.pk, environment_id=pk) for pk in sorted(joining)
    )


def _report(
    source: Source, plan: Plan, *, tags: int = 0, environments: int = 0, elements: int = 0
) -> Report:
    steps_created = sum(len(write.case.steps) for write in plan.created)
    steps_updated = sum(len(write.case.steps) for write in plan.updated)
    steps = sum(len(case.steps) for case in source.cases)
    idle = [*plan.unchanged, *plan.edited_here, *plan.deleted_here]
    lines = (
        Line("products", 1, int(plan.product is None), 0, int(plan.product is not None)),
        Line("versions", 1, int(plan.version is None), 0, int(plan.version is not None)),
        Line(
            "cases",
            len(source.cases),
            len(plan.created),
            len(plan.updated),
            len(plan.unchanged),
            len(plan.edited_here),
            len(plan.deleted_here),
        ),
        Line("steps", steps, steps_created, steps_updated, sum(len(c.steps) for c in idle)),
        Line("tags", source.distinct_tags, tags, 0, source.distinct_tags - tags),
        Line("elements", n := len(source.element_ids), elements, 0, n - elements),
        Line("environments", n := len(source.environments), environments, 0, n - environments),
    )
    return Report(lines, _notes(source, plan))


def _notes(source: Source, plan: Plan) -> tuple[str, ...]:
    notes = list(source.notices)
    merged = len(source.tags) - source.distinct_tags
    if merged:
        notes.append(
            f"{merged} of the source's {len(source.tags):,} tags differ from another one in "
            "blanks, accents or upper and lower case alone; each such group is one tag here."
        )
    if source.announced is not None and source.announced > len(source.cases):
        notes.append(
            f"The API announced {source.announced:,} cases; these files hold "
            f"{len(source.cases):,}. Give all pages to import the rest."
        )
    if plan.edited_here:
        notes.append(
            f"{len(plan.edited_here):,} cases changed at the source and were edited here as well; "
            "they keep what was written here. To take the source's text: --overwrite."
        )
    return tuple(notes)
