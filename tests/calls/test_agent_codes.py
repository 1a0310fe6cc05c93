import asyncio
from pathlib import Path

from pbx.acd.model import State
from pbx.records.facts import AgentSignedIn, AgentSignedOut, AgentStateChanged
from tests.calls.premises import premises, registered, route, told
from tests.support.office import Office, office
from tests.support.phones import Habits, Phone
from tests.support.virtual_time import run

ACTIONS = {"*45": "sign_in", "*46": "sign_out", "*47": "pause", "*48": "resume"}
CODES = [route(code, f'do = "agent", action = "{action}"', public=False) for code, action in ACTIONS.items()]


def state(clinic: Office) -> State:
    return next(one.state for one in clinic.exchange.desk.view.agents() if one.agent == "anna")


async def dial_code(clinic: Office, phone: Phone, code: str, account: str = "1005") -> str:
    """What the caller heard."""
    line = await phone.call_as(account, f"example-{account}", code)
    await line.answered.wait()
    heard = clinic.media.session_at(line.far_port).heard
    await line.over.wait()
    return ", ".join(sound.what for sound in heard)


def test_each_code_does_what_it_says_and_says_so(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, *CODES)) as clinic:
            phone = await registered(clinic, "1005")
            assert state(clinic) is State.SIGNED_OUT
            seen: list[tuple[str, State]] = []
            for code in ("*45", "*47", "*48", "*46"):
                heard = await dial_code(clinic, phone, code)
                await asyncio.sleep(1)
                seen.append((heard, state(clinic)))
            assert seen == [
                ("en/agent-signed-in", State.READY),
                ("en/agent-paused", State.NOT_READY),
                ("en/agent-resumed", State.READY),
                ("en/agent-signed-out", State.SIGNED_OUT),
            ]
            signed_in = next(fact for fact in clinic.journal.facts if isinstance(fact, AgentSignedIn))
            assert (signed_in.agent, signed_in.device) == ("anna", "1005")
            changes = [fact.source for fact in clinic.journal.facts if isinstance(fact, AgentStateChanged)]
            assert "phone" in changes
            assert told(clinic, AgentSignedOut) == ["agent.logout"]

    run(story())


def test_signing_in_twice_is_signing_in_once(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, *CODES)) as clinic:
            phone = await registered(clinic, "1005")
            for _ in range(2):
                await dial_code(clinic, phone, "*45")
                await asyncio.sleep(1)
            assert told(clinic, AgentSignedIn) == ["agent.login"]

    run(story())


def test_an_account_that_is_nobodys_phone_is_declined(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, *CODES)) as clinic:
            phone = await registered(clinic, "1001")
            line = await phone.call_as("1001", "example-1001", "*45")
            await line.over.wait()
            assert line.end is not None
            assert line.end.status == 603
            assert state(clinic) is State.SIGNED_OUT

    run(story())


def test_a_caller_who_only_says_to_be_the_agent_is_asked_for_the_password(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, *CODES)) as clinic:
            line = clinic.phone().call("*45", "1005")
            await line.over.wait()
            assert line.end is not None
            assert line.end.status == 401
            assert state(clinic) is State.SIGNED_OUT
            assert clinic.records() == []

    run(story())


def test_an_agent_signing_in_is_rung_for_the_waiting_caller_once_the_phone_is_free(tmp_path: Path):
    async def story() -> None:
        async with office(config=premises(tmp_path, *CODES)) as clinic:
            phone = await registered(clinic, "1005", Habits(picks_up_after=1, talks_for=5))
            waiting = clinic.phone().call("700")
            line = await phone.call_as("1005", "example-1005", "*45")
            await line.answered.wait()
            await asyncio.sleep(0.5)
            assert not line.over.is_set()
            assert phone.rung == 0
            await line.over.wait()
            await asyncio.sleep(0.5)
            assert phone.rung == 1
            await waiting.over.wait()

    run(story())
