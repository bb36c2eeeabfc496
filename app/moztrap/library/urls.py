"""URLs of cases, suites and tags."""

from django.urls import path

from moztrap.library.views import (
    attachments,
    bulk,
    case_forms,
    cases,
    compare,
    deleted,
    entry,
    suite_cases,
    suites,
    tags,
)

app_name = "library"

urlpatterns = [
    path("cases/", cases.case_list, name="case_list"),
    path("cases/new/", case_forms.case_create, name="case_create"),
    path("cases/<id:pk>/", cases.case_detail, name="case"),
    path("cases/enter/", entry.case_enter, name="case_enter"),
    path("cases/import/", entry.case_import, name="case_import"),
    path("cases/export/json/", entry.case_export_json, name="case_export_json"),
    path("cases/export/csv/", entry.case_export_csv, name="case_export_csv"),
    path("cases/bulk/", bulk.case_bulk, name="case_bulk"),
    path("cases/<id:pk>/compare/", compare.case_compare, name="case_compare"),
    path("cases/<id:pk>/<id:version_pk>/", cases.case_detail, name="case_in_version"),
    path("cases/<id:pk>/<id:version_pk>/edit/", case_forms.case_edit, name="case_edit"),
    path("cases/<id:pk>/<id:version_pk>/delete/", case_forms.case_delete, name="case_delete"),
    path("cases/<id:pk>/<id:version_pk>/add/", case_forms.case_extend, name="case_extend"),
    path("cases/attachments/<id:pk>/", attachments.attachment_download, name="attachment"),
    path("deleted/", deleted.deleted_list, name="deleted_list"),
    path("deleted/batch/", deleted.deleted_batch, name="deleted_batch"),
    path("suites/", suites.suite_list, name="suite_list"),
    path("suites/new/", suites.suite_create, name="suite_create"),
    path("suites/options/", suites.suite_options, name="suite_options"),
    path("suites/<id:pk>/", suites.suite_detail, name="suite"),
    path("suites/<id:pk>/edit/", suites.suite_edit, name="suite_edit"),
    path("suites/<id:pk>/delete/", suites.suite_delete, name="suite_delete"),
    path("suites/<id:pk>/copy/", suites.suite_clone, name="suite_clone"),
    path("suites/<id:pk>/add/", suite_cases.suite_add, name="suite_add"),
    path("suites/<id:pk>/cases/", suite_cases.suite_change, name="suite_change"),
    path("tags/", tags.tag_list, name="tag_list"),
    path("tags/new/", tags.tag_create, name="tag_create"),
    path("tags/<id:pk>/", tags.tag_detail, name="tag"),
    path("tags/<id:pk>/edit/", tags.tag_edit, name="tag_edit"),
    path("tags/<id:pk>/merge/", tags.tag_merge, name="tag_merge"),
    path("tags/<id:pk>/delete/", tags.tag_delete, name="tag_delete"),
]
