import pytest

from kimppa.common.errors import CannotRun
from kimppa.site.environment import (
    database_from_url,
    is_on,
    keep_secret_key,
    listed,
    secret_key,
)


def test_postgresql_is_chosen_by_its_address():
    database = database_from_url("postgresql://aino:s%40na@db:5433/kimppa?sslmode=require")

    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["USER"], database["PASSWORD"]) == ("aino", "s@na")
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db", "5433", "kimppa")
    assert database["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize(
    ("url", "path"), [("sqlite:///var/a.db", "var/a.db"), ("sqlite:////srv/a.db", "/srv/a.db")]
)
def test_sqlite_is_chosen_by_its_address(url, path):
    assert database_from_url(url)["NAME"] == path


def test_other_databases_are_refused_with_the_remedy():
    with pytest.raises(CannotRun, match="postgresql://"):
        database_from_url("mysql://somewhere/else")


def test_lists_and_switches_are_read(monkeypatch):
    monkeypatch.setenv("KIMPPA_X", " a.example , b.example ,")
    assert listed("KIMPPA_X", "") == ["a.example", "b.example"]
    assert not is_on("KIMPPA_X")
    monkeypatch.setenv("KIMPPA_X", "Yes")
    assert is_on("KIMPPA_X")


def test_the_secret_key_is_kept_once_made(tmp_path):
    path = tmp_path / "var" / "secret-key"
    keep_secret_key(path)
    first = secret_key("", path)
    keep_secret_key(path)

    assert secret_key("", path) == first
    assert len(first) > 50
    assert secret_key("given", path) == "given"


def test_without_a_kept_key_each_process_has_its_own(tmp_path):
    assert secret_key("", tmp_path / "none") != secret_key("", tmp_path / "none")
