"""Endpoints of cases, and of what they say in product versions."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from moztrap.api.errors import blaming
from moztrap.api.fields import listed
from moztrap.api.listings import CASES, CASEVERSIONS
from moztrap.api.serializers import cases as shown
from moztrap.api.views.base import (
    ActionEndpoint,
    CreateMixin,
    DetailEndpoint,
    Endpoint,
    ListEndpoint,
    RecordEndpoint,
    existing,
    kept,
)
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import atomic
from moztrap.environments.models import Environment
from moztrap.library.actions import (
    CaseText,
    Entry,
    StepText,
    create_case,
    delete_caseversion,
    enter_cases,
    extend_case,
    plan_entry,
    update_case,
)
from moztrap.library.forms.tag_names import create_tags, find_tags, problem_with
from moztrap.library.models import Case, CaseVersion, Tag


class CaseList(CreateMixin, ListEndpoint):
    """Cases: what their versions share."""

    serializer_class = shown.CaseSerializer
    queryset = Case.objects.order_by("-pk")
    listing = CASES
    sorts: ClassVar = {"id": (), "modified_on": ("modified_on",)}
    policies: ClassVar = {"POST": "create_cases"}
    bodies: ClassVar = {"POST": shown.CaseSent}
    answers: ClassVar = {"POST": (201, shown.CaseVersionSerializer)}

    @atomic()
    def make(self, by: Any, values: dict[str, Any]) -> CaseVersion:
        """Create a case with what it says in a product version; the answer is that text."""
        version: ProductVersion = values["productversion"]
        values["steps"] = _steps(values.pop("steps", ()))
        values["tags"] = _tags(values.pop("tags", ()), version.product, by)
        if "environments" in values:
            _refuse_foreign(values["environments"], version.environments.all(), ())
        return create_case(by=by, **values)

    def show(self, pk: int, status: int = 200) -> Response:
        """Answer with the text of the new case."""
        return self.answer("POST", CaseVersionDetail.queryset.get(pk=pk))


class CaseDetail(DetailEndpoint):
    """A case: what its versions share; their texts are its case versions."""

    serializer_class = shown.CaseSerializer
    queryset = Case.objects.all()


class _CaseVersions(Endpoint):
    serializer_class = shown.CaseVersionSerializer
    queryset = (
        CaseVersion.objects.order_by("-pk")
        .select_related("case")
        .prefetch_related("steps", "tags", "environments")
    )


class CaseVersionList(_CaseVersions, CreateMixin, ListEndpoint):
    """What cases say in product versions; every version unless filters narrow them."""

    listing = CASEVERSIONS
    sorts: ClassVar = {"id": (), "name": ("name",), "modified_on": ("modified_on",)}
    policies: ClassVar = {"POST": "create_cases"}
    bodies: ClassVar = {"POST": shown.CaseVersionSent}

    def make(self, by: Any, values: dict[str, Any]) -> CaseVersion:
        """Take a case into a version of its product that lacks it, with the text of another."""
        case: Case = values["case"]
        source: ProductVersion | None = values.get("source")
        rows = CaseVersion.objects.select_related("case", "productversion").filter(case=case)
        text = rows.filter(productversion=source).first() if source else rows.get(latest=True)
        if text is None:
            raise ValidationError({"source": [f"Case {case.pk} is not in this version."]})
        with blaming("productversion"):
            return extend_case(text, by=by, productversion=values["productversion"])


class CaseVersionDetail(_CaseVersions, RecordEndpoint):
    """What a case says in one product version."""

    policies: ClassVar = {"PATCH": "manage_cases", "DELETE": "manage_cases"}
    bodies: ClassVar = {"PATCH": shown.CaseVersionChange}

    def record(self) -> Any:
        """Return it with its case and versions."""
        rows = CaseVersion.objects.select_related("case__product", "productversion")
        return existing(rows, self.kwargs["pk"])

    @atomic()
    def change(self, record: Any, by: Any, cc_version: int, values: dict[str, Any]) -> Any:
        """Change what a case says, all of it or single fields; steps and tags as a whole."""
        texts = kept(record, values, "name", "description", "status")
        shared = kept(record.case, values, "idprefix", "priority")
        steps = (
            _steps(values["steps"])
            if "steps" in values
            else [StepText(each.instruction, each.expected) for each in record.steps.all()]
        )
        tags = (
            _tags(values["tags"], record.case.product, by)
            if "tags" in values
            else list(record.tags.all())
        )
        environments = values.get("environments")
        if environments is not None:
            offered = record.productversion.environments.all()
            _refuse_foreign(environments, offered, record.environments.all())
        text = CaseText(**texts, **shared, steps=steps, tags=tags, environments=environments)
        return update_case(record, by=by, cc_version=cc_version, text=text)

    def remove(self, record: Any, by: Any) -> int:
        """Delete a case from one product version; its last one takes the case with it."""
        return delete_caseversion(record, by=by)


def _steps(sent: Iterable[dict[str, str]]) -> list[StepText]:
    return [StepText(each["instruction"], each.get("expected", "")) for each in sent]


def _tags(names: Iterable[str], product: Product, by: AbstractBaseUser) -> list[Tag]:
    """Return the tags of these names; those that are not there are made by whoever may."""
    found, missing = find_tags(names, product)
    if problem := problem_with(missing, by):
        raise ValidationError({"tags": [problem]})
    return [*found, *create_tags(missing, product=product, by=by)]


def _refuse_foreign(
    chosen: list[Environment], offered: Iterable[Environment], present: Iterable[Environment]
) -> None:
    """Refuse what pages do not offer, and a case that would run nowhere."""
    known = {each.pk for each in (*offered, *present)}
    foreign = [each.pk for each in chosen if each.pk not in known]
    if foreign:
        said = f"The product version has no environments {listed(foreign)}."
        raise ValidationError({"environments": [said]})
    if known and not chosen:
        said = "Name at least one. A case that is not to be run is disabled instead."
        raise ValidationError({"environments": [said]})


class CaseBulk(ActionEndpoint):
    """Many cases at once."""

    policies: ClassVar = {"POST": "create_cases"}
    bodies: ClassVar = {"POST": shown.CasesSent}
    answers: ClassVar = {"POST": (200, shown.EnteredSerializer)}
    doers: ClassVar = {"POST": "enter"}

    def enter(self, by: Any, values: dict[str, Any]) -> Any:
        """Create up to 5,000 cases, all of them or none, with the tags and suites they name."""
        drafts = values["cases"]
        entry = Entry(
            productversion=values["productversion"],
            and_later=values["and_later"],
            doubles=values["doubles"],
        )
        if not values["dry_run"]:
            with blaming("cases"):
                return enter_cases(drafts, entry, by=by)
        plan = plan_entry(drafts, entry, by=by)
        if plan.problems:
            raise ValidationError({"cases": plan.problems})
        return plan

    def post(self, request: Request) -> Response:
        """Create them, and say what was made."""
        plan = self.enter(request.user, self.sent(request))
        return self.answer(
            "POST",
            {
                "created": len(plan.drafts),
                "skipped": [draft.name for draft in plan.skipped],
                "new_tags": plan.new_tags,
                "new_suites": plan.new_suites,
            },
        )
