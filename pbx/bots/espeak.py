"""The espeak-ng program as a bot's voice: a sentence at a time, and none of them twice."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from collections import OrderedDict
from collections.abc import AsyncGenerator

import numpy as np
import soxr

from pbx.bots.providers import ProviderError

RATE = 8000
LOUDNESS = 0.1  # -20 dBFS RMS, as recorded prompts have
CEILING = 0.89
LONGEST = 1000  # characters of a sentence
MOST_KEPT = 16 * 1024 * 1024  # bytes of audio
WORDS_A_MINUTE = 160
_HEADER = 44  # bytes of a WAV file's; espeak-ng cannot know the length it writes there
_QUIET = 0.003  # -50 dBFS: quieter ends are cut
_BREATH = np.zeros(RATE // 10, np.int16)  # after a sentence


class Espeak:
    """A Voice in every language that espeak-ng has."""

    def __init__(self, program: str = "espeak-ng") -> None:
        self._program = program
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._bytes = 0

    async def speak(self, sentence: str, language: str) -> AsyncGenerator[bytes]:
        key = (language, sentence[:LONGEST])
        audio = self._kept.get(key)
        if audio is None:
            audio = await asyncio.to_thread(_polish, await self._synthesise(*key))
            self._keep(key, audio)
        self._kept.move_to_end(key)
        yield audio

    async def _synthesise(self, language: str, sentence: str) -> bytes:
        voice = language if language.replace("-", "").isalnum() else "en"
        command = (self._program, "-v", voice, "-s", str(WORDS_A_MINUTE), "-b", "1", "--stdin", "--stdout")
        try:
            process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        except OSError as reason:
            raise ProviderError(f"{self._program} cannot be run: {reason.strerror}") from None
        try:
            audio, _ = await process.communicate(sentence.encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()  # until its pipes are closed too
        if process.returncode or len(audio) <= _HEADER:
            raise ProviderError(f"{self._program} has no voice for {language!r}")
        return audio

    def _keep(self, key: tuple[str, str], audio: bytes) -> None:
        self._kept[key] = audio
        self._bytes += len(audio)
        while self._bytes > MOST_KEPT and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest)


def _polish(wav: bytes) -> bytes:
    """To 8 kHz and the loudness of prompts, without the silence around it. Raises ProviderError."""
    rate = int.from_bytes(wav[24:28], "little")
    samples = np.frombuffer(wav[_HEADER : len(wav) - len(wav) % 2], "<i2").astype(np.float32) / 32768
    audio = soxr.resample(samples, rate, RATE, "HQ")
    loud = np.flatnonzero(np.abs(audio) > _QUIET)
    if not loud.size:
        return _BREATH.tobytes()  # a sentence of marks alone
    spoken = audio[loud[0] : loud[-1] + 1]
    gain = min(LOUDNESS / float(np.sqrt(np.mean(spoken**2))), CEILING / float(np.abs(spoken).max()))
    return np.concatenate([np.rint(spoken * gain * 32767).astype("<i2"), _BREATH]).tobytes()
