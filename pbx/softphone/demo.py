"""One whole story against a real exchange: a menu, a queue with music, an agent, and the record of it."""

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic  # noqa: TID251 - the softphone is a process of its own, not the switch

from media.audio.tones import RATE, rms, tone, tone_share
from media.codecs.g711 import Samples
from pbx.records import reading
from pbx.softphone.child import ChildError, centrala, exchange
from pbx.softphone.conversation import Conversation
from pbx.softphone.phone import is_over
from pbx.softphone.softphone import Softphone

AGENT, PASSWORD = "1005", "example-1005"
CALLER_HZ, AGENT_HZ = 440, 700
AUDIBLE = 0.005  # of full scale, in the mean: the softest speech is louder
PURE = 0.9  # of the power at the tone's frequency


class _Wrong(Exception):  # noqa: N818 - ends the story
    """Something did not happen; the message says what."""


def play_demo(config: Path, say: Callable[[str], None]) -> int:
    """Tell the story as it goes on, with what was measured; 0 if everything came out right, else 1."""
    began = monotonic()

    def tell(line: str) -> None:
        say(f"{monotonic() - began:5.1f} s  {line}")

    with tempfile.TemporaryDirectory(prefix="centrala-demo-") as folder:
        data = Path(folder)
        try:
            with exchange(config, data) as child:
                server = child.server
                tell(f"an exchange listens on {server[0]}:{server[1]}")
                with Softphone(server, (AGENT, PASSWORD)) as agent, Softphone(server) as caller:
                    _story(agent, caller, tell)
                _check(child.stop() == 0, "the exchange did not stop as it should")
            tell("the exchange has stopped; its record of the call:")
            _records(data, say)
        except (_Wrong, ChildError) as reason:
            tell(f"WRONG: {reason}")
            return 1
    say("everything was as it should be")
    return 0


def _story(agent: Softphone, caller: Softphone, tell: Callable[[str], None]) -> None:
    _check(agent.registered() == 200, f"{AGENT} could not register")
    tell(f"agent {AGENT} is registered, and dials *45 to sign in")
    signing_in = agent.dial("*45")
    _check(signing_in.wait_until(is_over, 8), "the exchange did not end the call to *45")
    _check(signing_in.final == 200, f"*45 was refused with {signing_in.final}")
    _audible(signing_in.audio.heard(), "the agent hears it confirmed", tell)

    call = caller.dial("100")
    _answered(call, "100 did not answer")
    tell("a caller dials 100 and is answered")
    _listen(call, 1.5)
    _audible(_latest(call, 1.0), "the caller hears the greeting", tell)
    tell("the caller presses 1 for English, then 1 for support")
    call.audio.press("1pp1")

    ringing = agent.next_call(12)
    if ringing is None:
        raise _Wrong("the agent's phone did not ring")
    tell(f"the agent's phone rings for {ringing.request.headers['From']['number']}; the caller waits")
    _listen(call, 8)  # the welcome lasts five seconds
    _audible(_latest(call, 2.0), "the caller hears the queue's music", tell)

    call.audio.repeat(tone(CALLER_HZ, 1))
    ringing.answer()
    tell("the agent answers")
    ringing.audio.repeat(tone(AGENT_HZ, 1))
    _listen(ringing, 2)
    _pure(_latest(ringing, 1.0), CALLER_HZ, "the agent hears the caller's", tell)
    _pure(_latest(call, 1.0), AGENT_HZ, "the caller hears the agent's", tell)
    _check(not is_over(call) and not is_over(ringing), "the conversation broke off")

    ringing.hang_up()
    tell("the agent hangs up")
    _check(call.wait_until(is_over, 5), "the caller was not hung up")
    _check(call.ended_by == "them", "the caller's own phone hung up")
    tell("the caller is hung up too")


def _answered(call: Conversation, otherwise: str) -> None:
    call.wait_until(lambda call: call.final, 5)
    _check(call.final == 200, f"{otherwise}: {call.final or 'nothing came'}")


def _listen(call: Conversation, seconds: float) -> None:
    _check(not call.wait_until(is_over, seconds), "the call ended too early")


def _latest(call: Conversation, seconds: float) -> Samples:
    return call.audio.heard()[-round(seconds * RATE) :]


def _audible(heard: Samples, what: str, tell: Callable[[str], None]) -> None:
    loudness = rms(heard)
    tell(f"{what}: {loudness:.3f} of full scale over {len(heard) / RATE:.1f} s")
    _check(loudness > AUDIBLE, f"that is silence: more than {AUDIBLE} is expected")


def _pure(heard: Samples, frequency: int, who: str, tell: Callable[[str], None]) -> None:
    share = tone_share(heard, frequency)
    tell(f"{who} {frequency} Hz: {share:.1%} of the power of {len(heard) / RATE:.1f} s")
    _check(share > PURE, f"at least {PURE:.0%} are expected")


def _check(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not holds:
        raise _Wrong(otherwise)


def _records(data: Path, say: Callable[[str], None]) -> None:
    """What `centrala records` says of the call to 100."""
    calls = [row for row in reading.records(data / "records.db") if row["dnis"] == "100"]
    _check(len(calls) == 1, f"there are {len(calls)} records of one call")
    command = centrala("records", "--data", str(data), "--call", calls[0]["contact"])
    say(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - ourselves
    _check(calls[0]["agent"] == "anna", f"the record names {calls[0]['agent']} as the agent")
    _check(calls[0]["outcome"] == "agent", f"the record says {calls[0]['outcome']}")
