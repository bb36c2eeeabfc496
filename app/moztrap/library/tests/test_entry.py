"""Many cases at once: as text, as files, and back."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from moztrap.accounts.models import User
from moztrap.catalog.models import ProductVersion
from moztrap.core.actions import ActionError
from moztrap.core.models import StoredFile
from moztrap.library.actions import (
    Entry,
    StepText,
    create_case,
    create_suite,
    create_tag,
    enter_cases,
)
from moztrap.library.entry import parse_csv, parse_json, parse_text
from moztrap.library.entry.csv_file import plain_cell, safe_cell
from moztrap.library.models import CaseVersion, Suite, Tag
from moztrap.library.tests.test_suites import order_of

pytestmark = pytest.mark.django_db
Browse = Callable[[User | None], Client]

TEXT = """
Test that the bell rings
It is loud.

WHEN I press the button
  and hold it
then it rings
And
When I let go
Then it stops
And when I wait

test that it is off
"""


def test_the_grammar() -> None:
    parsed = parse_text(TEXT)
    assert parsed.problems == []
    first, second = parsed.drafts
    assert (first.name, first.description) == ("Test that the bell rings", "It is loud.")
    assert first.steps == [
        StepText("WHEN I press the button\nand hold it", "then it rings"),
        StepText("When I let go", "Then it stops"),
        StepText("And when I wait", ""),
    ]
    assert (second.name, second.steps) == ("test that it is off", [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "There is no test case in it."),
        ("When I press", "Line 1: “When I press”: expected “Test that …” here."),
        ("\nHello\nTest that x", "Line 2: “Hello”: expected “Test that …” here."),
        ("Test that x\nThen y", "Line 2: “Then y”: expected “When …” before it."),
        (
            "Test that x\nWhen a\nThen b\nThen c",
            "Line 4: “Then c”: this step has its “Then”; expected “When …” here.",
        ),
        ("Test that " + "x" * 300, "Line 1: name has 310 characters; at most 255 fit."),
        ("Test that x\x01", "Line 1: name holds the control character U+0001."),
    ],
)
def test_problems_name_their_line(text: str, problem: str) -> None:
    assert parse_text(text).problems[0] == problem


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "The file: is not JSON"),
        (b"\xff{}", "The file: is not UTF-8."),
        (b'{"case": []}', "The file: holds no list “cases”"),
        (b"[1]", "Case 1: is no object."),
        (b"[{}]", "Case 1: the case has no name."),
        (b'[{"name": 1}]', "Case 1: name is no text."),
        (b'[{"name": "x", "prio": 1}]', "Case 1: there is no field “prio”."),
        (b'[{"name": "x", "priority": 9}]', "Case 1: priority is 9; expected 1 to 4"),
        (b'[{"name": "x", "priority": true}]', "Case 1: priority is no number."),
        (b'[{"name": "x", "status": "odd"}]', "Case 1: status is “odd”; expected one of"),
        (b'[{"name": "x", "steps": [{}]}]', "Case 1: step 1 has no instruction."),
        (b'[{"name": "x", "tags": [1]}]', "Case 1: tags is no list of names."),
        (b"[" * 100_000, "The file: is not JSON"),
        (b"[]", "There is no test case in it."),
    ],
)
def test_problems_of_json(content: bytes, problem: str) -> None:
    assert parse_json(content).problems[0].startswith(problem)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("title\nx\n", "Row 1: there is no column “title”."),
        ("status\nx\n", "Row 1: the column “name” is missing"),
        ("name,instruction\n,Do.\n", "Row 2: the first case has no name."),
        ("name,priority\nx,high\n", "Row 2: priority is “high”"),
        ("name,expected\nx,y\n", "Row 2: step 1 has no instruction."),
        ('name\n"x', "The file: is not CSV"),
        ("", "Row 1: the column “name” is missing"),
    ],
)
def test_problems_of_csv(content: str, problem: str) -> None:
    assert parse_csv(content.encode()).problems[0].startswith(problem)


def test_csv_of_other_programs_is_read() -> None:
    parsed = parse_csv("\ufeffName;Instruction;Tags\r\nx;Do.;a, b\r\n;More.;\r\n".encode())
    (draft,) = parsed.drafts
    assert (draft.name, draft.tags) == ("x", ["a", "b"])
    assert [step.instruction for step in draft.steps] == ["Do.", "More."]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "'=1", "x", "", "'x"])
def test_no_cell_is_a_formula_and_all_read_back(text: str) -> None:
    assert safe_cell(text)[:1] not in ("=", "+", "-", "@", "\t")
    if text != "'=1":
        assert plain_cell(safe_cell(text)) == text


def test_all_cases_are_written_with_what_they_name(
    versions: list[ProductVersion], manager: User
) -> None:
    fire = create_tag(by=None, name="fire")
    smoke = create_suite(by=None, product=versions[0].product, name="Smoke")
    parsed = parse_json(
        json.dumps(
            [
                {"name": "A", "tags": ["FIRE", "new"], "suites": ["Fresh"], "priority": 1},
                {"name": "B", "steps": [{"instruction": "Do."}], "status": "draft"},
            ]
        ).encode()
    )
    entry = Entry(versions[0], and_later=True, priority=3, idprefix="BELL", suite=smoke)
    plan = enter_cases(parsed.drafts, entry, by=manager)
    assert (plan.new_tags, plan.new_suites, plan.step_count) == (["new"], ["Fresh"], 1)
    rows = {row.name: row for row in CaseVersion.objects.filter(productversion=versions[1])}
    assert {name: row.latest for name, row in rows.items()} == {"A": True, "B": True}
    assert rows["A"].case.priority == 1
    assert rows["B"].case.shown_id.startswith("BELL-")
    assert (rows["B"].status, rows["B"].created_by, rows["B"].case.priority) == (
        "draft",
        manager,
        3,
    )
    assert {tag.name for tag in rows["A"].tags.all()} == {"fire", "new"}
    assert [step.instruction for step in rows["B"].steps.all()] == ["Do."]
    assert fire.caseversions.count() == 2
    assert order_of(smoke) == "AB"
    assert order_of(Suite.objects.get(name="Fresh")) == "A"


def test_what_is_there_is_left_out_unless_asked(versions: list[ProductVersion]) -> None:
    create_case(by=None, productversion=versions[0], name="Bell")
    drafts = parse_json(b'[{"name": "BELL"}, {"name": "Gong"}, {"name": "gong"}]').drafts
    plan = enter_cases(drafts, Entry(versions[0]), by=None)
    assert [draft.name for draft in plan.skipped] == ["BELL", "gong"]
    plan = enter_cases(drafts, Entry(versions[0], doubles=True), by=None)
    assert (len(plan.drafts), CaseVersion.objects.count()) == (3, 5)


def test_new_tags_and_suites_need_their_permissions(
    versions: list[ProductVersion], creator: User
) -> None:
    drafts = parse_json(b'[{"name": "A", "tags": ["new"], "suites": ["new"]}]').drafts
    with pytest.raises(ActionError, match=r"no tag “new”.*no suite “new”"):
        enter_cases(drafts, Entry(versions[0]), by=creator)
    assert not CaseVersion.objects.exists()


def test_it_takes_the_same_statements_for_any_number(
    versions: list[ProductVersion], django_assert_max_num_queries: Any
) -> None:
    create_tag(by=None, name="fire")
    for count in (1, 40):
        cases = [
            {"name": f"{count}.{n}", "tags": ["fire"], "steps": [{"instruction": "Do."}]}
            for n in range(count)
        ]
        drafts = parse_json(json.dumps(cases).encode()).drafts
        # Bulk writes have savepoints of their own, which is why this is a limit.
        with django_assert_max_num_queries(32):
            enter_cases(drafts, Entry(versions[0], and_later=True), by=None)


def test_text_is_checked_and_then_saved(
    browse: Browse, creator: User, versions: list[ProductVersion]
) -> None:
    client = browse(creator)
    url = reverse("library:case_enter")
    data = {"productversion": versions[1].pk, "status": "active", "text": TEXT}
    page = client.post(url, data).content.decode()
    assert "2 cases with 3 steps would be created" in page
    assert not CaseVersion.objects.exists()
    answer = client.post(url, data | {"save": "1"})
    assert answer.headers["Location"] == f"/cases/?version={versions[1].pk}"
    assert CaseVersion.objects.count() == 2
    wrong = client.post(url, data | {"text": "When <b>", "save": "1"})
    assert wrong.status_code == 422
    assert "Line 1: “When &lt;b&gt;”" in wrong.content.decode()
    # What was typed is still there.
    assert "When &lt;b&gt;</textarea>" in wrong.content.decode()


def test_a_file_is_kept_between_the_dry_run_and_the_import(
    browse: Browse, manager: User, versions: list[ProductVersion]
) -> None:
    client = browse(manager)
    url = reverse("library:case_import")
    data = {"productversion": versions[1].pk}
    assert "Choose a file." in client.post(url, data).content.decode()
    content = b"name,tags,instruction,expected\nA,new,Do.,Done.\n,,More.,\n"
    file = SimpleUploadedFile("cases.csv", content)
    answer = client.post(url, data | {"file": file})
    page = answer.content.decode()
    assert "1 case with 2 steps would be created" in page
    assert "New tags: new" in page
    assert not CaseVersion.objects.exists()
    ((ticket, _),) = answer.context["form"].uploads.waiting
    client.post(url, data | {"waiting_files": ticket, "save": "1"})
    assert [step.expected for step in CaseVersion.objects.get().steps.all()] == ["Done.", ""]
    assert not StoredFile.objects.exists()
    assert Tag.objects.get().name == "new"


def test_problems_of_a_file_are_listed(
    browse: Browse, creator: User, versions: list[ProductVersion]
) -> None:
    file = SimpleUploadedFile("cases.json", b'[{"name": "A", "status": "odd"}, {}]')
    data = {"productversion": versions[0].pk, "file": file, "save": "1"}
    answer = browse(creator).post(reverse("library:case_import"), data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Case 1: status is “odd”" in page
    assert "Case 2: the case has no name." in page


@pytest.fixture
def library(versions: list[ProductVersion]) -> None:
    tag = create_tag(by=None, name="loud, very")
    for name in ("A", "=cmd|'/c calc'!A0"):
        create_case(
            by=None,
            productversion=versions[0],
            name=name,
            description="Two\nlines.",
            priority=2,
            idprefix="BELL",
            tags=[tag],
            steps=[StepText("Do.", "Done."), StepText("-1")],
        )


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


@pytest.mark.usefixtures("library")
def test_what_the_filters_show_is_exported(browse: Browse, tester: User) -> None:
    client = browse(tester)
    answer = client.get(reverse("library:case_export_csv"), {"name": "calc"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="cases-')
    rows = list(csv.DictReader(io.StringIO(text_of(answer).removeprefix("\ufeff"))))
    assert [(row["name"], row["instruction"]) for row in rows] == [
        ("'=cmd|'/c calc'!A0", "Do."),
        ("", "'-1"),
    ]
    answer = client.get(reverse("library:case_export_json"), {"name": "calc"})
    assert [case["name"] for case in json.loads(text_of(answer))["cases"]] == ["=cmd|'/c calc'!A0"]
    nothing = client.get(reverse("library:case_export_json"), {"name": "nowhere"})
    assert json.loads(text_of(nothing)) == {"cases": []}


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_an_export_is_imported_as_it_was(
    browse: Browse, tester: User, versions: list[ProductVersion], kind: str
) -> None:
    content = text_of(browse(tester).get(reverse(f"library:case_export_{kind}"))).encode()
    parsed = parse_csv(content) if kind == "csv" else parse_json(content)
    assert parsed.problems == []
    enter_cases(parsed.drafts, Entry(versions[1]), by=None)
    for old in CaseVersion.objects.filter(productversion=versions[0]):
        new = CaseVersion.objects.get(productversion=versions[1], name=old.name)
        assert (new.description, new.status) == (old.description, old.status)
        assert (new.case.priority, new.case.idprefix) == (2, "BELL")
        assert list(new.tags.all()) == list(old.tags.all())
        assert list(new.steps.values_list("instruction", "expected")) == [
            ("Do.", "Done."),
            ("-1", ""),
        ]


@pytest.mark.usefixtures("library")
def test_anonymous_readers_take_nothing_away(browse: Browse, settings: Any) -> None:
    settings.ALLOW_ANONYMOUS_ACCESS = True
    assert browse(None).get(reverse("library:case_export_csv")).status_code == 302
