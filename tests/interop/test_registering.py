"""Phones register, with what their makers think the standard says."""

from pathlib import Path

import pytest

from pbx.softphone.softphone import Softphone
from tests.interop import sipp
from tests.interop.baresip import account, baresip
from tests.interop.office import Office
from tests.interop.pyvoip import pyvoip, says
from tests.interop.waiting import eventually

pytestmark = pytest.mark.interop


def test_the_softphone_registers_and_unregisters_when_it_ends(office: Office) -> None:
    with Softphone(office.server, ("1001", "example-1001")) as phone:
        assert phone.registered() == 200
        (contact,) = office.contacts_of("1001")
        assert contact.startswith("sip:1001@127.0.0.1:")
    assert office.contacts_of("1001") == []


def test_a_wrong_password_is_refused(office: Office) -> None:
    with Softphone(office.server, ("1001", "example-1002")) as phone:
        assert phone.registered() in (401, 403)
        assert office.contacts_of("1001") == []


def test_sipp_registers_and_unregisters(office: Office) -> None:
    sipp.run("register", office.server, caller="1002", contact_port="7000", expires="60")
    (contact,) = office.contacts_of("1002")
    assert ":7000" in contact
    sipp.run("register", office.server, caller="1002", contact_port="7000", expires="0")
    assert office.contacts_of("1002") == []


def test_sipp_registers_over_tcp_for_as_long_as_its_connection_lasts(office: Office) -> None:
    sipp.run("register", office.server, caller="1002", tcp=True, contact_port="7000", expires="60")
    eventually(lambda: office.contacts_of("1002") == [])


def test_sipp_with_a_wrong_password_stays_outside(office: Office) -> None:
    with sipp.sipp(
        "register", office.server, caller="1003", password="guess", contact_port="7001", expires="60"
    ) as one:
        one.fails()
    assert office.contacts_of("1003") == []


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_baresip_registers(office: Office, tmp_path: Path, transport: str) -> None:
    with baresip(tmp_path / "baresip", [account("1004", office.server, transport=transport)]) as phone:
        eventually(lambda: len(office.contacts_of("1004")) == 1, what="baresip did not register")
        assert phone.seen("REGISTER_FAIL") == []
    eventually(lambda: office.contacts_of("1004") == [], what="baresip did not unregister")


def test_baresip_with_a_wrong_password_stays_outside(office: Office, tmp_path: Path) -> None:
    line = account("1005", office.server).replace("auth_pass=example-1005", "auth_pass=guess")
    refused = office.log().count("wrong password")
    with baresip(tmp_path / "baresip", [line]):
        eventually(lambda: office.log().count("wrong password") > refused)
        assert office.contacts_of("1005") == []


@pytest.mark.parametrize(
    ("password", "status", "contacts"), [("example-1006", "REGISTERED", 1), ("guess", "FAILED", 0)]
)
def test_pyvoip_as_it_is_registers(office: Office, password: str, status: str, contacts: int) -> None:
    with pyvoip(office, "register", "1006", password=password) as phone:
        assert says(phone) == status
        assert len(office.contacts_of("1006")) == contacts
        phone.communicate("", timeout=20)
    assert office.contacts_of("1006") == []
