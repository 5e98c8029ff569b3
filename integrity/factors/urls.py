"""Addresses of the factors room, below /desk/. What a sitting without a factor may reach begins with the first."""

from django.urls import path

from integrity.factors import own, spare, views

app_name = "factors"
urlpatterns = [
    path("second-factor/", views.give, name="give"),
    path("second-factor/set-up/", own.choose, name="choose"),
    path("second-factor/set-up/app/", own.app, name="app"),
    path("second-factor/set-up/passkey/", own.passkey, name="passkey"),
    path("confirm/", views.confirm, name="confirm"),
    path("me/second-factors/", own.mine, name="mine"),
    path("me/second-factors/codes/", own.new_codes, name="new_codes"),
    path("me/second-factors/<uuid:factor>/remove/", own.remove, name="remove"),
    path("people/<uuid:person>/spare-code/", spare.spare_code, name="spare_code"),
]
