"""Addresses of the people room, below /desk/. The desk's own front page belongs to the floor above."""

from django.urls import path

from integrity.people import administration, offices, own_account, views, welcome

app_name = "people"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("welcome/<str:token>/", welcome.welcome, name="welcome"),
    path("me/", own_account.me, name="me"),
    path("me/sittings/", own_account.own_sittings, name="sittings"),
    path("me/passphrase/", own_account.passphrase, name="passphrase"),
    path("me/link/cancel/", own_account.cancel_own_invitation, name="cancel_own_invitation"),
    path("me/earlier-key/<uuid:key>/", own_account.earlier_key, name="earlier_key"),
    path("access/<uuid:person>/", own_account.grant_again, name="grant_again"),
    path("people/", administration.people, name="people"),
    path("people/add/", administration.add, name="add"),
    path("people/import/", offices.import_list, name="import"),
    path("people/import/<slug:kind>.csv", offices.import_template, name="import_template"),
    path("people/offices/", offices.offices, name="offices"),
    path("people/offices/add/", offices.add_office, name="add_office"),
    path("people/offices/<int:office>/", offices.change_office, name="change_office"),
    path("people/offices/<int:office>/headcounts/", offices.headcounts, name="headcounts"),
    path("people/<uuid:person>/", administration.person, name="person"),
    path("people/<uuid:person>/change/", administration.change, name="change"),
    path("people/<uuid:person>/roles/give/", administration.give_role, name="give_role"),
    path("people/<uuid:person>/roles/<int:appointment>/end/", administration.end_role, name="end_role"),
    path("people/<uuid:person>/link/", administration.invite, name="invite"),
    path("people/<uuid:person>/link/cancel/", administration.cancel_invitation, name="cancel_invitation"),
    path("people/<uuid:person>/close/", administration.close, name="close"),
    path("people/<uuid:person>/finish/", administration.finish, name="finish"),
]
