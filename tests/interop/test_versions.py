"""Changing a running exchange, and changing one's mind."""

import pytest

from pbx.softphone.softphone import Softphone
from tests.interop.office import Office
from tests.interop.test_operation import hears_more, listening

pytestmark = pytest.mark.interop


def final(office: Office, number: str) -> int:
    with Softphone(office.server) as phone:
        call = phone.dial(number)
        assert call.wait_until(lambda call: call.final, 8)
        if call.final == 200:
            call.hang_up()
        return call.final


def test_a_change_is_seen_before_put_in_force_and_taken_back(own_office: Office) -> None:
    (first,) = own_office.json("versions")
    config = ("--config", str(own_office.config))
    good = own_office.config.read_text()
    with Softphone(own_office.server) as phone:
        running = listening(phone)
        assert final(own_office, "600") == 200
        own_office.config.write_text(good.replace('number = "600"', 'number = "610"'))
        planned = own_office.command("plan", *config)
        assert 'route "echo" (600): number: "600" -> "610"' in planned
        assert "of 2 calls of the last 7 days, 1 would have gone elsewhere" in planned
        assert (final(own_office, "600"), final(own_office, "610")) == (200, 401)
        own_office.command("reload")
        assert (final(own_office, "600"), final(own_office, "610")) == (401, 200)
        own_office.command("reload", "--to", first["version"])
        assert (final(own_office, "600"), final(own_office, "610")) == (200, 401)
        hears_more(running)
        running.hang_up()
    history = own_office.json("versions")
    assert [(row["version"] == first["version"], row["by"]) for row in history] == [
        (True, "reload --to"),
        (False, "reload"),
        (True, "start"),
    ]
    assert '"600" -> "610"' in own_office.command("plan", *config)
    assert own_office.config.read_text() == good.replace('number = "600"', 'number = "610"')


def test_a_version_that_cannot_be_had_leaves_the_one_in_force(own_office: Office) -> None:
    (row,) = own_office.json("versions")
    assert "is kept" in own_office.command("reload", "--to", "000000000000", status=2)
    kept = own_office.child.data / "versions" / row["version"] / "dialplan.toml"
    kept.write_text(kept.read_text().replace('number = "600"', 'number = "666"'))
    assert "it was changed" in own_office.command("reload", "--to", row["version"], status=2)
    assert (final(own_office, "600"), final(own_office, "666")) == (200, 401)
    assert len(own_office.json("versions")) == 1
