"""What tests of several rooms share: a small match result, on disk and in the catalogue."""

from datetime import UTC, datetime

import pytest
from catalogue.result_folder import small_result

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def result_folder(tmp_path):
    return small_result().write(tmp_path / "result")


@pytest.fixture
def loaded(db, result_folder, now):
    from kimppa.catalogue.operations import load_result

    return load_result(result_folder, now=now)
