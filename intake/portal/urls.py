"""Addresses of the portal. None carries anything about a report; what leads to one is in forms only."""

from django.urls import path

from intake.portal import exit_views, inbox_views, steps, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("protection/", views.protection, name="protection"),
    path("exit/", exit_views.leave_site, name="exit"),
    # From the form to a kept receipt.
    path("report/", views.report, name="report"),
    path("report/steps/", steps.steps, name="steps"),
    path("report/receipt/", views.confirm, name="confirm"),
    path("report/receipt/file/", views.receipt_file, name="receipt_file"),
    # The inbox; below it everything is reached by a form.
    path("inbox/", inbox_views.inbox, name="inbox"),
    path("inbox/report/", inbox_views.report, name="inbox_report"),
    path("inbox/write/", inbox_views.write, name="inbox_write"),
    path("inbox/file/", inbox_views.file, name="inbox_file"),
    path("inbox/leave/", inbox_views.leave, name="inbox_leave"),
]
