"""Tags, suites and files, written by programs as pages write them."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from moztrap.accounts.models import User
from moztrap.api.actions import create_token
from moztrap.api.tests.conftest import Ask, Everything, Program
from moztrap.core.actions import delete_record
from moztrap.core.models import StoredFile
from moztrap.execution.tests.conftest import Bench
from moztrap.library.actions import create_suite
from moztrap.library.models import Attachment, Suite, SuiteCase

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


@pytest.fixture
def ask(program: Program, manager: User) -> Ask:
    """A program of a manager."""
    return program(manager)


# --- Tags ----------------------------------------------------------------------------------


def test_a_tag_is_created_changed_merged_and_deleted(ask: Ask, everything: Everything) -> None:
    everywhere = ask("post", "tags/", {"name": "smoke", "description": "Quick."}).json()
    assert (everywhere["product"], everywhere["cc_version"]) == (None, 0)
    path = f"tags/{everywhere['id']}/"
    assert ask("patch", path, {"name": "quick", "cc_version": 0}).json()["description"] == "Quick."
    assert ask("patch", path, {"name": "slow", "cc_version": 0}).status_code == 409
    kept = ask("post", f"tags/{everything.tag.pk}/merge/", {"into": everywhere["id"]}).json()
    assert kept["name"] == "quick"
    assert ask("get", f"tags/{everything.tag.pk}/").status_code == 404
    row = ask("get", f"caseversions/{everything.ids['caseversion']}/").json()
    assert row["tags"] == ["quick"]
    assert ask("delete", path).json()["deleted"] == 1
    itself = ask("post", "tags/", {"name": "again"}).json()["id"]
    answer = ask("post", f"tags/{itself}/merge/", {"into": itself})
    assert answer.json() == {"into": ["A tag is not merged into itself."]}


def test_a_tag_in_use_elsewhere_stays_everybodys(ask: Ask, everything: Everything) -> None:
    drum = ask("post", "products/", {"name": "Drum"}).json()["id"]
    answer = ask("patch", f"tags/{everything.tag.pk}/", {"product": drum})
    assert answer.status_code == 400
    assert "take it off them" in answer.json()["product"][0]
    path = f"tags/{everything.tag.pk}/"
    assert ask("patch", path, {"product": None}).json()["product"] is None


# --- Suites --------------------------------------------------------------------------------


def order_of(suite: int) -> list[int]:
    rows = SuiteCase.objects.live().filter(suite=suite).order_by("order", "pk")
    return list(rows.values_list("case", flat=True))


def test_a_suite_is_created_filled_arranged_and_cloned(ask: Ask, bench: Bench) -> None:
    first, second, third = (row.case_id for row in bench.rows)
    body = {"product": bench.version.product_id, "name": "New", "status": "draft"}
    suite = ask("post", "suites/", body).json()
    path = f"suites/{suite['id']}/"
    cases = f"{path}cases/"
    assert ask("post", cases, {"cases": [third, first]}).json() == {"count": 2}
    assert ask("post", cases, {"cases": [second, third]}).json() == {"count": 1}
    assert order_of(suite["id"]) == [third, first, second]
    assert ask("put", cases, {"cases": [first, second]}).json() == {"count": 3}
    assert order_of(suite["id"]) == [first, second]
    assert ask("put", cases, {"cases": [first, second]}).json() == {"count": 0}
    assert ask("put", cases, {"cases": [third, second, first]}).json()["count"] == 2
    moved = ask("put", f"{cases}{first}/", {"position": 1}).json()
    assert moved["case"] == first
    assert order_of(suite["id"]) == [first, third, second]
    assert ask("delete", f"{cases}{third}/").json() == {"count": 1}
    assert ask("delete", f"{cases}{third}/").status_code == 404
    assert order_of(suite["id"]) == [first, second]
    copy = ask("post", f"{path}clone/")
    assert (copy.status_code, copy.json()["status"]) == (201, "draft")
    assert order_of(copy.json()["id"]) == [first, second]
    rows = ask("get", cases).json()["results"]
    assert [row["case"] for row in rows] == [first, second]
    assert ask("put", cases, {"cases": []}).json() == {"count": 2}
    assert ask("patch", path, {"name": "Old", "cc_version": 0}).json()["status"] == "draft"
    assert ask("patch", path, {"name": "New", "cc_version": 0}).status_code == 409
    assert ask("delete", path).json()["deleted"] == 1
    assert ask("get", cases).status_code == 404
    assert ask("post", cases, {"cases": [first]}).status_code == 404


@pytest.mark.parametrize("method", ["post", "put"])
def test_cases_of_others_are_refused_and_nothing_is_placed(
    method: str, ask: Ask, bench: Bench
) -> None:
    first, second, third = (row.case_id for row in bench.rows)
    drum = ask("post", "products/", {"name": "Drum"}).json()["id"]
    version = ask("post", "productversions/", {"product": drum, "version": "1"}).json()["id"]
    body = {"productversion": version, "name": "Beat"}
    foreign = ask("post", "cases/", body).json()["case"]
    for strange in (foreign, 999_999):
        answer = ask(method, f"suites/{bench.suite.pk}/cases/", {"cases": [first, strange]})
        assert answer.json() == {"cases": [f"{strange}: no case of Bell has this id."]}
    assert order_of(bench.suite.pk) == [first, second, third]
    twice = ask(method, f"suites/{bench.suite.pk}/cases/", {"cases": [first, first]})
    assert twice.json() == {"cases": [f"There twice: {first}."]}


def test_a_deleted_case_keeps_its_place(ask: Ask, bench: Bench) -> None:
    first, second, third = (row.case_id for row in bench.rows)
    gone = ask("delete", f"caseversions/{bench.rows[1].pk}/").json()
    answer = ask("put", f"suites/{bench.suite.pk}/cases/", {"cases": [first, second]})
    assert answer.status_code == 400
    assert ask("put", f"suites/{bench.suite.pk}/cases/", {"cases": [third, first]}).json()
    ask("post", "deleted/restore/", {"deleted_on": gone["deleted_on"]})
    assert set(order_of(bench.suite.pk)) == {first, second, third}
    # Whoever appends it meanwhile does not make it appear twice.
    assert ask("post", f"suites/{bench.suite.pk}/cases/", {"cases": [second]}).json() == {
        "count": 0
    }


def test_a_suite_with_cases_stays_with_its_product(ask: Ask, bench: Bench) -> None:
    drum = ask("post", "products/", {"name": "Drum"}).json()["id"]
    answer = ask("patch", f"suites/{bench.suite.pk}/", {"product": drum})
    assert answer.json() == {"product": ["This suite has cases of Bell; it stays there."]}
    empty = create_suite(by=None, product=bench.version.product, name="Empty")
    moved = ask("patch", f"suites/{empty.pk}/", {"product": drum}).json()
    assert moved["product"] == drum


def test_a_creator_fills_suites_and_makes_none(
    program: Program, creator: User, bench: Bench
) -> None:
    ask = program(creator)
    body = {"product": bench.version.product_id, "name": "Mine"}
    assert ask("post", "suites/", body).status_code == 403
    assert ask("put", f"suites/{bench.suite.pk}/cases/", {"cases": []}).status_code == 200
    assert Suite.objects.count() == 1


# --- Files ---------------------------------------------------------------------------------


def hand_in(owner: User, caseversion: int, *files: Any, **fields: Any) -> Any:
    _, secret = create_token(by=owner, name="test", scope="write", days=1)
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    data = {"file": list(files), **fields}
    return client.post(f"/api/v1/caseversions/{caseversion}/attachments/", data, secure=True)


def test_files_are_attached_listed_sent_and_deleted(ask: Ask, manager: User, bench: Bench) -> None:
    row = bench.rows[0].pk
    notes = SimpleUploadedFile("../notes.txt", b"Mind the cat.", content_type="text/html")
    scan = SimpleUploadedFile("scan.png", PNG, content_type="text/html")
    answer = hand_in(manager, row, notes, scan)
    assert answer.status_code == 201
    first, second = answer.json()
    assert (first["name"], first["size"]) == ("notes.txt", 13)
    # As its content shows, whatever the sender says.
    assert second["content_type"] == "image/png"
    listed = ask("get", f"caseversions/{row}/attachments/").json()
    assert [each["id"] for each in listed["results"]] == [second["id"], first["id"]]
    sent = ask("get", first["url"])
    assert b"".join(sent.streaming_content) == b"Mind the cat."
    assert sent["Content-Disposition"] == 'attachment; filename="notes.txt"'
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert sent["Content-Security-Policy"].startswith("sandbox")
    assert ask("get", f"attachments/{first['id']}/").json() == first
    gone = ask("delete", f"attachments/{first['id']}/").json()
    assert ask("get", first["url"]).status_code == 404
    assert ask("get", f"attachments/{first['id']}/").status_code == 404
    assert ask("post", "deleted/restore/", {"deleted_on": gone["deleted_on"]}).status_code == 200
    assert ask("get", first["url"]).status_code == 200


def test_files_are_sent_whatever_kind_is_asked_for(manager: User, everything: Everything) -> None:
    _, secret = create_token(by=manager, name="test", scope="read", days=1)
    url = f"/api/v1/attachments/{everything.ids['attachment']}/content/"
    headers = {"Authorization": f"Bearer {secret}", "Accept": "image/png"}
    assert Client(headers=headers).get(url, secure=True).status_code == 200


def test_wrong_files_are_refused_by_name_and_none_is_kept(
    manager: User, bench: Bench, settings: Any
) -> None:
    settings.ATTACHMENT_MEGABYTES = 1
    row = bench.rows[0].pk
    right = SimpleUploadedFile("right.txt", b"x")
    empty = SimpleUploadedFile("empty.txt", b"")
    large = SimpleUploadedFile("large.txt", b"x" * (1024 * 1024 + 1))
    answer = hand_in(manager, row, right, empty, large)
    assert answer.status_code == 400
    assert answer.json()["file"] == [
        "“empty.txt” is empty.",
        "“large.txt” has 1.0 MB; a file may have 1 MB at most.",
    ]
    assert "at least one" in hand_in(manager, row).json()["file"][0]
    many = [SimpleUploadedFile(f"{number}.txt", b"x") for number in range(21)]
    assert "at most 20" in hand_in(manager, row, *many).json()["file"][0]
    assert "no such field" in hand_in(manager, row, right, name="x").json()["name"][0]
    assert "no such field" in hand_in(manager, row, other=right).json()["other"][0]
    assert not Attachment.objects.exists()
    assert not StoredFile.objects.exists()


def test_whoever_may_not_attach_leaves_no_file(creator: User, bench: Bench) -> None:
    answer = hand_in(creator, bench.rows[0].pk, SimpleUploadedFile("x.txt", b"x"))
    assert answer.status_code == 403
    assert not StoredFile.objects.exists()


def test_a_broken_form_is_refused(ask: Ask, bench: Bench) -> None:
    path = f"caseversions/{bench.rows[0].pk}/attachments/"
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = ask("post", path, "--x\r\nContent-Dis", content_type=kind)
        assert answer.status_code == 400
        assert answer.json()


def test_files_of_deleted_cases_are_gone(ask: Ask, everything: Everything) -> None:
    delete_record(everything.bench.rows[0], by=None)
    assert ask("get", f"attachments/{everything.ids['attachment']}/").status_code == 404
    path = f"caseversions/{everything.ids['caseversion']}/attachments/"
    assert ask("get", path).status_code == 404


@pytest.mark.parametrize(("number", "cost"), [(1, 24), (5, 76)])
def test_attaching_costs_a_few_statements_a_file(
    number: int, cost: int, manager: User, bench: Bench
) -> None:
    files = [SimpleUploadedFile(f"{name}.txt", b"x") for name in range(number)]
    with CaptureQueriesContext(connection) as queries:
        assert hand_in(manager, bench.rows[0].pk, *files).status_code == 201
    assert len(queries) == cost
