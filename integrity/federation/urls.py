"""Addresses of the federation room, below /desk/."""

from django.urls import path

from integrity.federation import accounts, views

app_name = "federation"
urlpatterns = [
    path("sign-in/with/", views.start, name="start"),
    path("sign-in/with/back/", views.back, name="back"),
    path("sign-in/with/forget/", views.forget, name="forget"),
    path("sign-in/with/leave/", views.leave, name="leave"),
    path("me/sign-in-service/", accounts.mine, name="mine"),
    path("me/sign-in-service/link/", accounts.start_link, name="start_link"),
    path("me/sign-in-service/confirm/", accounts.confirm_link, name="confirm_link"),
    path("me/sign-in-service/end/", accounts.end_own, name="end_own"),
    path("people/<uuid:person>/sign-in-service/", accounts.of_person, name="of_person"),
]
