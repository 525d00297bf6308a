"""How the patrons' pages are asked."""

from django.urls import reverse

CODE = "131052-308T"


def url(name, *keys):
    return reverse(f"circulation:{name}", args=keys)


def text(response):
    return response.content.decode()


def change(client, patron, what, **fields):
    given = {key if key == "row" else f"{what}-{key}": value for key, value in fields.items()}
    return client.post(url("change_patron", patron.key, what), given)
