"""URLs of what results say together; they stand below the runs."""

from django.urls import path

from moztrap.reports.views import cases, compare, export, results, review, rollups

app_name = "reports"

urlpatterns = [
    path("runs/<id:pk>/cases/", cases.run_cases, name="run_cases"),
    path("runs/<id:pk>/cases/<id:runcase_pk>/", cases.run_case, name="run_case"),
    path("runs/<id:pk>/results/", results.run_results, name="run_results"),
    path("runs/<id:pk>/tests/", rollups.run_tests, name="run_tests"),
    path("runs/<id:pk>/environments/", rollups.run_environments, name="run_environments"),
    path("runs/<id:pk>/suites/", rollups.run_suites, name="run_suites"),
    path("runs/<id:pk>/testers/", rollups.run_testers, name="run_testers"),
    path("runs/<id:pk>/compare/", compare.compare, name="compare"),
    path("runs/<id:pk>/results.csv", export.results_csv, name="results_csv"),
    path("runs/<id:pk>/results.json", export.results_json, name="results_json"),
    path("runs/cases/<id:pk>/", cases.case_history, name="case_history"),
    path("runs/review/", review.queue, name="review"),
    path("runs/review/<id:pk>/send-back/", review.send_back, name="send_back"),
]
