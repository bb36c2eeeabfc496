"""URLs of the API, below /api/v1/."""

from django.urls import path

from moztrap.api.views import execution, library, schema

app_name = "api"

urlpatterns = [
    path("openapi.json", schema.Schema.as_view(), name="schema"),
    path("products/", library.ProductList.as_view(), name="product_list"),
    path("products/<id:pk>/", library.ProductDetail.as_view(), name="product"),
    path("productversions/", library.ProductVersionList.as_view(), name="productversion_list"),
    path(
        "productversions/<id:pk>/",
        library.ProductVersionDetail.as_view(),
        name="productversion",
    ),
    path("categories/", library.CategoryList.as_view(), name="category_list"),
    path("elements/", library.ElementList.as_view(), name="element_list"),
    path("environments/", library.EnvironmentList.as_view(), name="environment_list"),
    path("environments/<id:pk>/", library.EnvironmentDetail.as_view(), name="environment"),
    path("tags/", library.TagList.as_view(), name="tag_list"),
    path("tags/<id:pk>/", library.TagDetail.as_view(), name="tag"),
    path("cases/", library.CaseList.as_view(), name="case_list"),
    path("cases/<id:pk>/", library.CaseDetail.as_view(), name="case"),
    path("caseversions/", library.CaseVersionList.as_view(), name="caseversion_list"),
    path("caseversions/<id:pk>/", library.CaseVersionDetail.as_view(), name="caseversion"),
    path("suites/", library.SuiteList.as_view(), name="suite_list"),
    path("suites/<id:pk>/", library.SuiteDetail.as_view(), name="suite"),
    path("suites/<id:pk>/cases/", library.SuiteCaseList.as_view(), name="suitecase_list"),
    path("users/", library.UserList.as_view(), name="user_list"),
    path("runs/", execution.RunList.as_view(), name="run_list"),
    path("runs/<id:pk>/", execution.RunDetail.as_view(), name="run"),
    path("runs/<id:pk>/activate/", execution.RunActivate.as_view(), name="run_activate"),
    path("runs/<id:pk>/refresh/", execution.RunRefresh.as_view(), name="run_refresh"),
    path("runs/<id:pk>/deactivate/", execution.RunDeactivate.as_view(), name="run_deactivate"),
    path("runs/<id:pk>/clone/", execution.RunClone.as_view(), name="run_clone"),
    path("runs/<id:pk>/builds/", execution.RunBuild.as_view(), name="run_build"),
    path("runs/<id:pk>/cases/", execution.RunCaseVersionList.as_view(), name="runcase_list"),
    path("runs/<id:pk>/cells/", execution.CellList.as_view(), name="cell_list"),
    path("runs/<id:pk>/results/", execution.ResultList.as_view(), name="result_list"),
]
