"""Addresses of the recovery room, below /desk/recovery/."""

from django.urls import path

from integrity.recovery.views import ceremony, covering, overview, requests, sitting

app_name = "recovery"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("mine/", overview.mine, name="mine"),
    path("cover/", covering.cover, name="cover"),
    path("propose/", ceremony.propose, name="propose"),
    path("ceremonies/<uuid:identifier>/", ceremony.ceremony, name="ceremony"),
    path("ceremonies/<uuid:identifier>/confirm/", ceremony.confirm, name="confirm"),
    path("ceremonies/<uuid:identifier>/abandon/", ceremony.abandon, name="abandon"),
    path("ceremonies/<uuid:identifier>/forget/", ceremony.forget, name="forget"),
    path("ceremonies/<uuid:identifier>/words/", ceremony.words, name="words"),
    path("ceremonies/<uuid:identifier>/type-back/", ceremony.type_back, name="type_back"),
    path("ceremonies/<uuid:identifier>/proof/", ceremony.proof, name="proof"),
    path("ask/", requests.ask, name="ask"),
    path("requests/<uuid:identifier>/", requests.request_page, name="request"),
    path("requests/<uuid:identifier>/<str:verb>/", requests.decide, name="decide"),
    path("sittings/", sitting.sit_down, name="sit_down"),
    path("sittings/<uuid:identifier>/", sitting.sitting, name="sitting"),
]
