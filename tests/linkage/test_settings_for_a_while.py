import duckdb
import pytest

from kimppa.linkage.workspace import ANY_ORDER, AS_WRITTEN, setting


@pytest.mark.parametrize(
    ("what", "usual"), [(ANY_ORDER, True), (AS_WRITTEN, "")], ids=["any order", "as written"]
)
def test_a_setting_holds_inside_only(what, usual):
    connection = duckdb.connect()
    asked = f"SELECT current_setting('{what[0]}')"

    with setting(connection, what):
        assert connection.execute(asked).fetchall() != [(usual,)]

    assert connection.execute(asked).fetchall() == [(usual,)]


def test_a_setting_does_not_hide_why_the_work_failed():
    connection = duckdb.connect()
    connection.begin()

    with pytest.raises(duckdb.Error, match="the very reason"), setting(connection, AS_WRITTEN):
        connection.execute("SELECT error('the very reason')")
