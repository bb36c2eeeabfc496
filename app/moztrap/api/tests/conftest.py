"""Programs that ask the API, and something of everything for them to ask about."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from moztrap.accounts.models import User
from moztrap.api.actions import create_token
from moztrap.catalog.actions import create_product, create_version, delete_product
from moztrap.core.uploads import take_upload
from moztrap.environments.actions import create_profile
from moztrap.execution.actions import Verdict, activate_run, record_results
from moztrap.execution.models import Cell, Result, Run
from moztrap.execution.tests.conftest import Bench, bench, cell, run
from moztrap.library.actions import attach_files, create_tag, update_tag
from moztrap.library.models import Tag

__all__ = ["bench", "cell", "run"]

Ask = Callable[..., Any]
Program = Callable[..., Ask]


@pytest.fixture
def program(db: None) -> Program:
    """A program that holds a token of somebody, or none."""

    def make(owner: User | None, scope: str = "write") -> Ask:
        headers = {}
        if owner is not None:
            _, secret = create_token(by=owner, name="test", scope=scope, days=1)
            headers = {"Authorization": f"Bearer {secret}"}

        def ask(method: str, path: str, data: Any = None, **query: Any) -> Any:
            client = Client(headers=headers)
            url = path if path.startswith("/") else f"/api/v1/{path}"
            if method == "get":
                return client.get(url, query, secure=True)
            kind = query.pop("content_type", "application/json")
            return getattr(client, method)(url, data, content_type=kind, secure=True)

        return ask

    return make


@dataclass
class Everything:
    """One record of each kind, and what belongs to it."""

    bench: Bench
    run: Run
    tag: Tag
    result: Result
    ids: dict[str, int]


@pytest.fixture
def everything(bench: Bench, run: Run, tester: User) -> Everything:
    """Something of everything, so that no endpoint has nothing to show."""
    product = bench.version.product
    create_version(by=None, product=product, version="2.0", copy_from=bench.version)
    tag = create_tag(by=None, name="loud", product=product)
    update_tag(tag, by=None, cc_version=0, name="loud", description="Wear plugs.", product=product)
    bench.rows[0].tags.add(tag)
    element = bench.environments[0].elements.get()
    profile = create_profile(by=None, name="All of them", elements=[element])
    upload = take_upload(ContentFile(b"Notes.", name="notes.txt"), folder="attachments")
    (attachment,) = attach_files(bench.rows[0], by=None, uploads=[upload])
    cells = Cell.objects.filter(run=run).order_by("pk")
    found = [Verdict(cell.pk, "failed", "No.", steps=((1, "failed"),)) for cell in cells[:2]]
    result = record_results(run, found, by=tester)[0]
    delete_product(create_product(by=None, name="Gone"), by=None)
    ids = {
        "product": product.pk,
        "productversion": bench.version.pk,
        "category": element.category_id,
        "element": element.pk,
        "environment": bench.environments[0].pk,
        "profile": profile.pk,
        "tag": tag.pk,
        "case": bench.rows[0].case_id,
        "caseversion": bench.rows[0].pk,
        "attachment": attachment.pk,
        "suite": bench.suite.pk,
        "run": run.pk,
        "result": result.pk,
        "user": tester.pk,
        "draft": bench.run("A draft").pk,
        "series": activate_run(bench.run("A series", is_series=True), by=None).pk,
    }
    return Everything(bench, run, tag, result, ids)
