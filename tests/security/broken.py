"""Addresses where something goes wrong with personal data at hand; only tests use them."""

from django.db import IntegrityError
from django.http import Http404
from django.urls import include, path

from kimppa.site.urls import handler400, handler403, handler404, handler500  # noqa: F401


def keep(code):
    raise IntegrityError(f"Key (value)=({code}) already exists")


def fails(request):
    name = request.POST["name"]
    try:
        keep(request.POST["code"])
    except IntegrityError as error:
        raise ValueError(f"could not register {name}") from error


def is_missing(request):
    raise Http404(f"no patron {request.POST['name']}")


urlpatterns = [
    path("fails/", fails),
    path("missing/", is_missing),
    path("", include("kimppa.site.urls")),
]
