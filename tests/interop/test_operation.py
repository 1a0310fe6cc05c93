"""Running it: stopping, reloading, looking into it, and what happens when a part of it dies."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from media.audio.tones import RATE, rms
from pbx.softphone.child import HOST, centrala, exchange, free_port
from pbx.softphone.conversation import Conversation
from pbx.softphone.phone import is_over
from pbx.softphone.softphone import Softphone
from tests.interop.office import Office
from tests.interop.waiting import eventually

pytestmark = pytest.mark.interop


def listening(phone: Softphone, number: str = "601") -> Conversation:
    """A call that hears something."""
    call = phone.dial(number)
    assert call.wait_until(lambda call: call.final == 200, 8)
    hears_more(call)
    return call


def hears_more(call: Conversation) -> None:
    before = len(call.audio.heard())
    eventually(lambda: len(call.audio.heard()) > before + RATE // 2, what="the caller hears nothing")
    assert rms(call.audio.heard()[-RATE // 4 :]) > 0.01


def test_sigterm_lets_running_calls_finish_and_turns_new_ones_away(own_office: Office) -> None:
    with Softphone(own_office.server) as phone, Softphone(own_office.server) as late:
        call = listening(phone)
        (row,) = own_office.calls("601")
        own_office.child.process.send_signal(signal.SIGTERM)
        refused = eventually(lambda: _refusal(late), what="new calls are still taken")
        assert refused == 503
        hears_more(call)
        assert own_office.child.process.poll() is None
        call.hang_up()
        assert own_office.child.process.wait(10) == 0
    assert "contact.ended by=customer" in own_office.story(row["call"])


def _refusal(phone: Softphone) -> int:
    """What a new call is answered with; 0 if it is taken."""
    call = phone.dial("601")
    assert call.wait_until(lambda call: call.final, 5)
    if call.final == 200:
        call.hang_up()
        return 0
    return call.final


def test_an_interrupted_exchange_closes_its_calls_at_the_next_start(own_office: Office) -> None:
    with Softphone(own_office.server) as phone:
        call = listening(phone)
        (row,) = own_office.calls("601")
        own_office.child.process.kill()
        own_office.child.process.wait(5)
        with exchange(own_office.config, own_office.child.data):
            assert "reason=interrupted" in own_office.story(row["call"])
        call.hang_up()


def test_a_broken_file_keeps_the_old_configuration_in_force(own_office: Office) -> None:
    good = own_office.config.read_text()
    own_office.config.write_text(good.replace('number = "601"', 'numbre = "601"'))
    own_office.child.process.send_signal(signal.SIGHUP)
    eventually(lambda: "the configuration stays as it was" in own_office.log())
    said = own_office.command("reload", status=2)
    assert f"{own_office.config}:" in said
    assert "numbre" in said
    with Softphone(own_office.server) as phone:
        listening(phone)


def test_a_changed_file_comes_into_force_on_sighup_for_new_calls(own_office: Office) -> None:
    with Softphone(own_office.server) as phone:
        call = listening(phone)
        text = own_office.config.read_text()
        own_office.config.write_text(text.replace('number = "601"', 'number = "6011"'))
        own_office.child.process.send_signal(signal.SIGHUP)
        eventually(lambda: "is in force" in own_office.log())
        again = phone.dial("6011")
        assert again.wait_until(lambda call: call.final, 5)
        assert again.final == 200
        hears_more(call)


def test_a_used_port_is_a_sentence_and_exit_code_2(own_office: Office, tmp_path: Path) -> None:
    command = centrala("run", "--config", str(own_office.config), "--data", str(tmp_path / "other"))
    done = subprocess.run(
        [*command, "--listen", f"udp:{own_office.where}"], capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 2
    assert own_office.where in done.stderr
    assert "Traceback" not in done.stderr
    assert "ready" not in done.stdout


def test_a_used_data_folder_is_a_sentence_and_exit_code_2(own_office: Office) -> None:
    data = str(own_office.child.data)
    command = centrala(
        "run", "--config", str(own_office.config), "--data", data, "--listen", f"udp:{HOST}:{free_port()}"
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert data in done.stderr
    assert "Traceback" not in done.stderr


def test_killed_media_workers_end_their_calls_and_the_next_call_works(own_office: Office) -> None:
    with Softphone(own_office.server) as phone:
        call = listening(phone)
        (row,) = own_office.calls("601")
        workers = eventually(lambda: _children(own_office.child.process.pid))
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        assert call.wait_until(is_over, 8)
        assert call.ended_by == "them"
        eventually(lambda: own_office.calls() == [])
        eventually(lambda: len(_children(own_office.child.process.pid)) >= len(workers))
        listening(phone)
        assert own_office.child.process.poll() is None
    assert "contact.ended by=system" in own_office.story(row["call"])


def _children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in found.split()]


def test_the_commands_show_what_goes_on(own_office: Office) -> None:
    office = own_office
    with Softphone(office.server, ("1005", "example-1005")) as agent, Softphone(office.server) as phone:
        assert agent.registered() == 200
        assert "1005" in office.command("registrations")
        assert office.json("registrations")[0]["account"] == "1005"
        office.command("agent", "anna", "sign-in")
        assert [row["state"] for row in office.json("agents") if row["agent"] == "anna"] == ["ready"]
        office.command("agent", "anna", "pause", "--reason", "lunch")
        assert "lunch" in office.command("agents")
        call = listening(phone, "700")
        assert [row["waiting"] for row in office.json("queues") if row["queue"] == "support"] == [1]
        assert "support" in office.command("queues")
        (row,) = office.json("calls")
        assert row["dialled"] == "700"
        office.command("agent", "anna", "resume")
        ringing = agent.next_call(8)
        assert ringing is not None
        call.hang_up()
        assert ringing.wait_until(is_over, 5)
        eventually(lambda: office.calls() == [])
        assert "abandoned" in office.command("records", "--call", row["call"])
        assert row["call"] in office.command("records", "--csv")
        assert "none differed" in office.command("records", "rebuild")
        assert "there is no agent" in office.command("agent", "zoe", "sign-in", status=2)


def test_a_command_without_an_exchange_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        centrala("calls", "--data", str(tmp_path)), capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 2
    assert "no exchange answers" in done.stderr
