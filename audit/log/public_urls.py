from django.urls import path, re_path

from audit.log import public

app_name = "log"
urlpatterns = [
    path("checkpoint", public.checkpoint, name="checkpoint"),
    re_path(r"^tile/(?P<level>[0-7])/(?P<number>[x0-9/]+(\.p/[0-9]+)?)$", public.tile, name="tile"),
]
