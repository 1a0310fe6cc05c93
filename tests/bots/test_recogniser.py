"""The recogniser's process: what becomes of calls when it dies, lags or talks nonsense; and the real one."""

import asyncio
import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from importlib.util import find_spec
from pathlib import Path

import pytest

from pbx.bots.espeak import Espeak
from pbx.bots.model import Heard, SpeechBegan, SpeechEnded, Voiced
from pbx.bots.providers import ProviderError
from pbx.bots.recogniser import MOST_BEHIND, MOST_STREAMS, Recogniser, available
from pbx.bots.vocabulary import Vocabulary

PARROT = """
import sys
from pbx.bots.model import Heard, SpeechBegan
from pbx.bots.recogniser_process import read
from pbx.bots.wire import Kind, Message, vocabulary_of, voiced_bytes

def say(kind, stream=0, body=b""):
    sys.stdout.buffer.write(Message(kind, stream, body).encode())
    sys.stdout.buffer.flush()

say(Kind.READY)
frames, words = {}, {}
while (message := read(sys.stdin.buffer)) is not None:
    n = message.stream
    if message.kind is Kind.EXPECT:
        words[n] = " ".join(vocabulary_of(message.body).phrases)
    if message.kind is Kind.AUDIO:
        frames[n] = frames.get(n, 0) + 1
        if FAULT == "dies" and frames[n] == 3:
            sys.exit(1)
        if FAULT == "fails" and frames[n] == 3:
            say(Kind.FAILED, n, b"no such grammar")
        if FAULT == "nonsense" and frames[n] == 3:
            sys.stdout.buffer.write(b"nonsense" * 10)
            sys.stdout.buffer.flush()
        if FAULT == "lags":
            import time
            time.sleep(60)
        if frames[n] == 5:
            say(Kind.VOICED, n, voiced_bytes(SpeechBegan(1), 5))
            say(Kind.VOICED, n, voiced_bytes(Heard(1, words.get(n, ""), 0.5), 5))
"""


def parrot(folder: Path, fault: str = "") -> tuple[str, ...]:
    """A process that hears the first phrase that is expected, after five frames."""
    path = folder / "parrot.py"
    path.write_text(f"FAULT = {fault!r}\n{PARROT}")
    return sys.executable, str(path)


async def frames(count: int, frame: bytes = bytes(320), pause: float = 0.002) -> AsyncGenerator[bytes]:
    for _ in range(count):
        await asyncio.sleep(pause)
        yield frame


async def heard(recogniser: Recogniser, phrase: str, audio: AsyncGenerator[bytes]) -> list[Voiced]:
    listening = recogniser.transcriber(0.5)
    listening.expect(Vocabulary((phrase,)))
    async with aclosing(audio), aclosing(listening.transcribe(audio)) as voiced:
        return [event async for event in voiced]


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))


def test_callers_are_heard_at_once_and_apart(tmp_path: Path):
    async def story() -> None:
        async with Recogniser(parrot(tmp_path)) as recogniser:
            tea, coffee = await asyncio.gather(
                heard(recogniser, "tea", frames(100)), heard(recogniser, "coffee", frames(100))
            )
        assert tea == [SpeechBegan(1), Heard(1, "tea", 0.5)]
        assert coffee == [SpeechBegan(1), Heard(1, "coffee", 0.5)]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("dies", "gone"), ("fails", "no such grammar"), ("nonsense", "gone"), ("lags", "too slow")],
)
def test_a_process_that_fails_is_a_transcriber_that_fails(tmp_path: Path, fault: str, reason: str):
    async def story() -> None:
        audio = frames(5000, bytes(MOST_BEHIND // 20) if fault == "lags" else bytes(320))
        async with Recogniser(parrot(tmp_path, fault)) as recogniser:
            with pytest.raises(ProviderError, match=reason):
                await heard(recogniser, "tea", audio)

    asyncio.run(story())


@pytest.mark.parametrize("command", [("no-such-program",), (sys.executable, "-c", "pass")])
def test_a_process_that_does_not_start_is_a_transcriber_that_fails(command: tuple[str, ...]):
    async def story() -> None:
        async with Recogniser(command) as recogniser:
            for reason in ("cannot be started", "just died"):
                with pytest.raises(ProviderError, match=reason):
                    await heard(recogniser, "tea", frames(5))

    asyncio.run(story())


def test_only_so_many_callers_are_listened_to(tmp_path: Path):
    async def story() -> None:
        async with Recogniser(parrot(tmp_path)) as recogniser:
            talks = [heard(recogniser, "tea", frames(100)) for _ in range(MOST_STREAMS + 1)]
            results = await asyncio.gather(*talks, return_exceptions=True)
            assert [isinstance(result, ProviderError) for result in results].count(True) == 1
            assert await heard(recogniser, "tea", frames(100)), "their places are free again"

    asyncio.run(story())


def test_the_process_ends_with_the_block(tmp_path: Path):
    async def story() -> None:
        async with Recogniser((sys.executable, "-c", f"{_WRITE_PID.format(tmp_path)}")) as recogniser:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await heard(recogniser, "tea", frames(5))

    asyncio.run(story())
    pid = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{pid}").exists()


_WRITE_PID = "import os, time; open('{}/pid', 'w').write(str(os.getpid())); time.sleep(60)"
real = pytest.mark.skipif(
    find_spec("pocketsphinx") is None or shutil.which("espeak-ng") is None,
    reason="needs pocketsphinx and espeak-ng",
)


@real
def test_spoken_english_is_heard():
    async def story() -> list[Voiced]:
        speech = b"".join([chunk async for chunk in Espeak().speak("opening hours", "en-us")])
        audio = bytes(16000) + speech + bytes(16000)
        assert available("en")

        async def talk() -> AsyncGenerator[bytes]:
            for at in range(0, len(audio) - 319, 320):
                yield audio[at : at + 320]
                await asyncio.sleep(0.001)
            async for frame in frames(1000):
                yield frame

        async with Recogniser() as recogniser:
            listening = recogniser.transcriber(0.4)
            listening.expect(Vocabulary(("opening hours", "an appointment", "operator")))
            events: list[Voiced] = []
            async with aclosing(listening.transcribe(talk())) as voiced:
                async for event in voiced:
                    events.append(event)
                    if isinstance(event, Heard):
                        return events
        raise AssertionError("nothing was heard")

    events = asyncio.run(story())
    assert events[0] == SpeechBegan(1)
    assert isinstance(events[-2], SpeechEnded)
    (*_, last) = events
    assert isinstance(last, Heard)
    assert (last.text, last.confidence > 0.6) == ("opening hours", True)


def test_other_languages_are_not_heard():
    assert not available("lv")
