"""URLs of runs, and of running them."""

from django.urls import path

from moztrap.execution.views import assign, choose, execute, live, run_forms, runs, work

app_name = "execution"

urlpatterns = [
    path("work/", work.work, name="work"),
    path("testing/", choose.open_runs, name="open_runs"),
    path("testing/<id:pk>/", choose.choose, name="choose"),
    path("testing/<id:pk>/build/", choose.build, name="build"),
    path("testing/<id:pk>/<id:environment_pk>/", execute.execute, name="execute"),
    path("testing/<id:pk>/<id:environment_pk>/progress/", live.progress, name="progress"),
    path("testing/<id:pk>/<id:environment_pk>/<id:cell_pk>/", execute.case, name="case"),
    path("testing/<id:pk>/<id:environment_pk>/<id:cell_pk>/record/", execute.record, name="record"),
    path("testing/<id:pk>/<id:environment_pk>/<id:cell_pk>/skip/", execute.skip, name="skip"),
    path("runs/", runs.run_list, name="run_list"),
    path("runs/series/options/", runs.series_options, name="series_options"),
    path("runs/new/", run_forms.run_create, name="run_create"),
    path("runs/<id:pk>/", runs.run_detail, name="run"),
    path("runs/<id:pk>/edit/", run_forms.run_edit, name="run_edit"),
    path("runs/<id:pk>/delete/", run_forms.run_delete, name="run_delete"),
    path("runs/<id:pk>/activate/", run_forms.run_activate, name="run_activate"),
    path("runs/<id:pk>/refresh/", run_forms.run_refresh, name="run_refresh"),
    path("runs/<id:pk>/deactivate/", run_forms.run_deactivate, name="run_deactivate"),
    path("runs/<id:pk>/clone/", run_forms.run_clone, name="run_clone"),
    path("runs/<id:pk>/assign/", assign.assign, name="assign"),
]
