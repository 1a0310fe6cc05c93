"""The clinic that comes with the exchange: complete, free of warnings, and doing what its comments say."""

import struct
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pbx.config.load import load_configuration
from pbx.config.models import Configuration
from pbx.dialplan.rules import Arrival
from pbx.sip.outputs import Identity, Standing
from pbx.steps import AgentCode, Dial, Echo, JoinQueue, PlayMusic, RunFlow, Step

ROOT = Path(__file__).parents[2]
STRANGER = Identity(Standing.STRANGER)
PHONE = Identity(Standing.ACCOUNT, "1001")
TUESDAY = datetime(2026, 3, 3, 10, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def clinic() -> Configuration:
    return load_configuration(ROOT / "dialplan.toml")


def step(clinic: Configuration, dialled: str, identity: Identity, at: datetime = TUESDAY) -> Step | None:
    decision = clinic.dialplan.route(Arrival(dialled, "caller", identity, at))
    return None if decision is None else decision.step


def test_it_loads_without_a_warning(clinic: Configuration) -> None:
    assert clinic.warnings == ()
    assert clinic.languages == ("en", "lv")


@pytest.mark.parametrize(
    ("dialled", "first"),
    [
        ("100", RunFlow("main")),
        ("600", Echo()),
        ("601", PlayMusic("music/waiting")),
        ("602", RunFlow("readback")),
        ("700", JoinQueue("support")),
        ("701", JoinQueue("sales")),
    ],
)
def test_a_stranger_reaches_the_public_numbers_at_any_hour(
    clinic: Configuration, dialled: str, first: Step
) -> None:
    for hour in range(24 * 7):
        assert step(clinic, dialled, STRANGER, TUESDAY + timedelta(hours=hour)) == first
    assert clinic.dialplan.is_public(dialled)


def test_phones_and_agents_codes_are_for_our_own_phones(clinic: Configuration) -> None:
    for dialled in ("1001", "1008", "*45", "*46", "*47", "*48"):
        assert step(clinic, dialled, STRANGER) is None
        assert not clinic.dialplan.is_public(dialled)
    assert step(clinic, "1008", PHONE) == Dial(("1008",), 30)
    assert step(clinic, "1009", PHONE) is None
    actions = [step(clinic, code, PHONE) for code in ("*45", "*46", "*47", "*48")]
    assert actions == [AgentCode("sign_in"), AgentCode("sign_out"), AgentCode("pause"), AgentCode("resume")]


def test_the_reception_is_rung_in_office_hours_only(clinic: Configuration) -> None:
    assert isinstance(step(clinic, "110", STRANGER, TUESDAY), Dial)
    assert step(clinic, "110", STRANGER, SUNDAY) == RunFlow("closed")


@pytest.mark.parametrize(
    "day", ["2026-04-03", "2026-04-06", "2026-11-18", "2027-03-26", "2027-03-29", "2027-06-24"]
)
def test_it_is_closed_on_public_holidays(clinic: Configuration, day: str) -> None:
    office = clinic.calendars["office"]
    noon = datetime.fromisoformat(f"{day}T11:00").replace(tzinfo=office.zone)
    assert noon.weekday() < 5
    assert not office.open_at(noon)
    assert office.open_at(noon - timedelta(days=7))


def test_every_account_has_an_example_password(clinic: Configuration) -> None:
    assert sorted(clinic.accounts) == [str(number) for number in range(1001, 1009)]
    assert all(account.example for account in clinic.accounts.values())


def test_every_prompt_is_recorded_or_has_a_text_and_nothing_is_there_in_vain(clinic: Configuration) -> None:
    texts = {clip.key: clip for clip in clinic.clips}
    recorded = {name for name, path in clinic.audio.items() if path.parent.name in clinic.languages}
    assert recorded <= texts.keys()
    assert all(clip.text for clip in clinic.clips)
    assert texts["en/choose-latvian"].voice == "lv"
    assert texts["en/welcome"].voice == "en"


def test_the_recordings_are_small_mono_and_audible(clinic: Configuration) -> None:
    assert sum(path.stat().st_size for path in clinic.audio.values()) <= 4 * 2**20
    for name, path in clinic.audio.items():
        if path.suffix == ".wav":
            with wave.open(str(path)) as recording:
                frames = recording.readframes(recording.getnframes())
                assert recording.getparams()[:3] == (1, 2, 8000), name
            samples: tuple[int, ...] = struct.unpack(f"<{len(frames) // 2}h", frames)
            assert len(samples) > 1000, name
            assert max(samples) > 5000, name
