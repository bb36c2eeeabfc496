"""A site with something of everything, which can grow."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile

from moztrap.accounts.models import User
from moztrap.api.actions.create_token import create_token
from moztrap.catalog.actions import create_product, create_version
from moztrap.catalog.models import Product, ProductVersion
from moztrap.core.actions import create_record, delete_record
from moztrap.core.uploads import take_upload
from moztrap.environments.actions import create_category, create_element, create_environment
from moztrap.environments.models import Category, Environment, Profile
from moztrap.execution.actions import (
    RunPlan,
    Verdict,
    activate_run,
    assign_cells,
    create_run,
    record_results,
    send_back_results,
    start_build,
)
from moztrap.execution.models import Cell, Result, Run
from moztrap.library.actions import (
    StepText,
    add_cases,
    attach_files,
    create_case,
    create_suite,
    create_tag,
    extend_case,
)
from moztrap.library.models import Attachment, CaseVersion, Suite, Tag

BUG = "https://bugs.example/"


@dataclass
class World:
    """What pages are about; each of these has more of everything after `grow`."""

    tester: User
    other: User
    reader: User
    size: int = 0
    categories: list[Category] = field(default_factory=list)
    environments: list[Environment] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    suites: list[Suite] = field(default_factory=list)
    rows: list[CaseVersion] = field(default_factory=list)

    product: Product = field(init=False)
    version: ProductVersion = field(init=False)
    profile: Profile = field(init=False)
    run: Run = field(init=False)
    series: Run = field(init=False)

    def begin(self) -> None:
        """Write what everything hangs on."""
        self.product = create_product(by=self.tester, name="Bell")
        self.version = create_version(by=self.tester, product=self.product, version="1")
        self.profile = create_record(Profile, by=self.tester, name="Desk")
        self.categories = [create_category(by=None, name=name) for name in ("Browser", "OS")]

    def grow(self, size: int) -> None:
        """Add more of everything until there are so many, and open new runs of it all."""
        for number in range(self.size, size):
            self._grow(number)
        self.size = size
        self._run()

    def _grow(self, number: int) -> None:
        product = create_product(by=self.tester, name=f"Product {number}")
        create_version(by=self.tester, product=product, version="1")
        elements = [
            create_element(by=None, category=category, name=f"{category.name} {number}")
            for category in self.categories
        ]
        create_category(by=None, name=f"Category {number}")
        environment = create_environment(by=None, elements=elements)
        self.profile.environments.add(environment)
        self.environments.append(environment)
        self.version.environments.add(environment)
        later = create_version(by=None, product=self.product, version=f"2.{number}")
        self.tags.append(
            create_tag(by=None, name=f"tag {number}", product=self.product, description="Care.")
        )
        row = create_case(
            by=self.tester,
            productversion=self.version,
            name=f"Case {number}",
            steps=[StepText(f"Do {step}.", "See.") for step in range(number + 2)],
            tags=self.tags,
        )
        upload = take_upload(ContentFile(b"Words.", name=f"{number}.txt"), folder="attachments")
        attach_files(self.rows[0] if self.rows else row, by=None, uploads=[upload])
        if self.rows:
            extend_case(self.rows[0], by=self.other, productversion=later)
        self.rows.append(row)
        suite = create_suite(by=self.other, product=self.product, name=f"Suite {number}")
        self.suites.append(suite)
        everything = CaseVersion.objects.filter(productversion=self.version)
        for each in self.suites:
            add_cases(each, by=None, caseversions=everything.order_by("case"))
        for gone in (
            create_suite(by=None, product=self.product, name="Gone"),
            create_tag(by=None, name="gone"),
            create_element(by=None, category=self.categories[0], name="Gone"),
        ):
            delete_record(gone, by=self.reader)
        create_token(by=self.reader, name=f"Token {number}", scope="read", days=9)
        User.objects.create_user(f"person{number}", email=f"p{number}@people.test")

    def _run(self) -> None:
        plan: dict[str, Any] = {
            "suites": list(self.suites),
            "environments": list(self.environments),
        }
        for name in ("One", "Two"):
            planned = RunPlan(name=f"{name} of {self.size}", **plan)
            run = create_run(by=self.other, productversion=self.version, plan=planned)
            self.run = activate_run(run, by=None)
            self._test(self.run)
        planned = RunPlan(name=f"Nightly {self.size}", is_series=True, **plan)
        series = create_run(by=self.other, productversion=self.version, plan=planned)
        self.series = activate_run(series, by=None)
        for number in range(self.size):
            self._test(start_build(self.series, by=self.tester, build=f"{self.size}-{number}"))

    def _test(self, run: Run) -> None:
        cells = list(Cell.objects.filter(run=run).order_by("runcaseversion__order", "pk"))
        assign_cells(
            run, Cell.objects.filter(pk__in=[c.pk for c in cells]), by=None, to=self.reader
        )
        for tester, status in ((self.tester, "failed"), (self.other, "blocked")):
            verdicts = [
                Verdict(cell.pk, status, "No.", f"{BUG}{number}", steps=((1, "failed"),))
                for number, cell in enumerate(cells)
            ]
            record_results(run, verdicts, by=tester)
        record_results(run, [Verdict(cell.pk, "passed") for cell in cells[::2]], by=self.reader)
        mine = Result.objects.filter(run=run, tester=self.reader)
        send_back_results(
            list(mine.values_list("pk", flat=True)[: self.size]), by=self.other, comment="Again."
        )

    @property
    def cell(self) -> Cell:
        """The first cell of the newest run."""
        cells = Cell.objects.filter(run=self.run, environment=self.environments[0])
        found: Cell = cells.order_by("runcaseversion__order")[0]
        return found

    @property
    def attachment(self) -> Attachment:
        """A file of a case."""
        found: Attachment = Attachment.objects.order_by("pk")[0]
        return found

    @property
    def deleted(self) -> datetime:
        """When something was deleted last."""
        found: datetime = Suite.everything.deleted().order_by("-deleted_on")[0].deleted_on
        return found
