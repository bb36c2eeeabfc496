"""URLs of the API, below /api/v1/."""

from django.urls import URLPattern, path

from moztrap.api.views import (
    attachments,
    case_bulk,
    cases,
    catalog,
    deleted,
    environments,
    people,
    results,
    runs,
    schema,
    suites,
    tags,
)

app_name = "api"


def _records(address: str, name: str, listed: type, single: type) -> list[URLPattern]:
    """Return the addresses of a list and of one record of it."""
    return [
        path(f"{address}/", listed.as_view(), name=f"{name}_list"),  # type: ignore[attr-defined]
        path(f"{address}/<id:pk>/", single.as_view(), name=name),  # type: ignore[attr-defined]
    ]


def _about(address: str, name: str, view: type) -> URLPattern:
    """Return an address below one record."""
    return path(address, view.as_view(), name=name)  # type: ignore[attr-defined]


urlpatterns = [
    path("openapi.json", schema.Schema.as_view(), name="schema"),
    *_records("products", "product", catalog.ProductList, catalog.ProductDetail),
    *_records(
        "productversions",
        "productversion",
        catalog.ProductVersionList,
        catalog.ProductVersionDetail,
    ),
    _about("productversions/<id:pk>/fill/", "productversion_fill", catalog.ProductVersionFill),
    *_records("categories", "category", environments.CategoryList, environments.CategoryDetail),
    *_records("elements", "element", environments.ElementList, environments.ElementDetail),
    *_records(
        "environments", "environment", environments.EnvironmentList, environments.EnvironmentDetail
    ),
    *_records("profiles", "profile", environments.ProfileList, environments.ProfileDetail),
    _about("profiles/<id:pk>/extend/", "profile_extend", environments.ProfileExtend),
    _about("profiles/<id:pk>/prune/", "profile_prune", environments.ProfilePrune),
    *_records("tags", "tag", tags.TagList, tags.TagDetail),
    _about("tags/<id:pk>/merge/", "tag_merge", tags.TagMerge),
    *_records("cases", "case", cases.CaseList, cases.CaseDetail),
    _about("cases/bulk/", "case_bulk", cases.CaseBulk),
    *_records("caseversions", "caseversion", cases.CaseVersionList, cases.CaseVersionDetail),
    _about("caseversions/bulk/", "caseversion_bulk", case_bulk.CaseVersionBulk),
    _about("caseversions/bulk-delete/", "caseversion_bulk_delete", case_bulk.CaseVersionBulkDelete),
    _about("caseversions/<id:pk>/attachments/", "attachment_list", attachments.AttachmentList),
    _about("attachments/<id:pk>/", "attachment", attachments.AttachmentDetail),
    _about("attachments/<id:pk>/content/", "attachment_content", attachments.AttachmentContent),
    *_records("suites", "suite", suites.SuiteList, suites.SuiteDetail),
    _about("suites/<id:pk>/clone/", "suite_clone", suites.SuiteClone),
    _about("suites/<id:pk>/cases/", "suitecase_list", suites.SuiteCaseList),
    _about("suites/<id:pk>/cases/<id:case>/", "suitecase", suites.SuiteCaseDetail),
    *_records("users", "user", people.UserList, people.UserDetail),
    *_records("runs", "run", runs.RunList, runs.RunDetail),
    _about("runs/<id:pk>/activate/", "run_activate", runs.RunActivate),
    _about("runs/<id:pk>/refresh/", "run_refresh", runs.RunRefresh),
    _about("runs/<id:pk>/deactivate/", "run_deactivate", runs.RunDeactivate),
    _about("runs/<id:pk>/clone/", "run_clone", runs.RunClone),
    _about("runs/<id:pk>/builds/", "run_build", runs.RunBuild),
    _about("runs/<id:pk>/assign/", "run_assign", runs.RunAssign),
    _about("runs/<id:pk>/cases/", "runcase_list", results.RunCaseVersionList),
    _about("runs/<id:pk>/cells/", "cell_list", results.CellList),
    _about("runs/<id:pk>/results/", "result_list", results.ResultList),
    _about("results/<id:pk>/", "result", results.ResultDetail),
    _about("reviews/", "review_list", results.ReviewList),
    _about("reviews/send-back/", "review_send_back", results.ReviewSendBack),
    _about("deleted/", "deleted_list", deleted.DeletedList),
    _about("deleted/restore/", "deleted_restore", deleted.DeletedRestore),
]
