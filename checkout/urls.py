from django.urls import path

from checkout.views import preview, processing, start, steps, summary

urlpatterns = [
    path("<slug:handle>/", start.start, name="start"),
    path("sample/<str:token>/<slug:step>/", preview.sample, name="sample"),
    path("<slug:handle>/preview/<str:token>/<slug:step>/", preview.preview, name="preview"),
    path("<slug:handle>/<uuid:run_id>/", start.resume, name="resume"),
    path("<slug:handle>/<uuid:run_id>/<slug:step>/", steps.step, name="step"),
    path("<slug:handle>/<uuid:run_id>/<slug:step>/summary/", summary.summary, name="summary"),
    path("<slug:handle>/<uuid:run_id>/<slug:step>/processing/", processing.page, name="processing"),
    path("<slug:handle>/<uuid:run_id>/<slug:step>/status/", processing.status, name="status"),
    path("<slug:handle>/<uuid:run_id>/<slug:step>/complete/", processing.complete, name="complete"),
    path("<slug:handle>/<uuid:run_id>/<slug:step>/abandon/", processing.abandon, name="abandon"),
]
