"""The sentence that says a caller talks to a robot, for bots that speak with a voice of their own."""

import asyncio

from pbx.bots.conversation import Encounter
from pbx.bots.model import Event, ProviderFailed, Speak, Spoke
from pbx.bots.mouth import Mouth
from pbx.bots.providers import Cast
from pbx.bots.rules import said_in


async def disclosed(encounter: Encounter, cast: Cast) -> bool:
    """Say it to its end; False if there is neither a recording nor a voice for it."""
    say = said_in(encounter.bot.disclosure, encounter.language)
    heard: asyncio.Queue[Event] = asyncio.Queue(8)
    async with asyncio.TaskGroup() as tasks:
        voice = cast.voice(encounter.bot, encounter.language)
        mouth = Mouth(encounter.session, voice, encounter.language, encounter.clips, heard.put, tasks)
        encounter.memory.say(" ".join(say))
        mouth.speak(Speak(0, 1, say))
        while not isinstance(event := await heard.get(), Spoke | ProviderFailed):
            pass
    return isinstance(event, Spoke)
