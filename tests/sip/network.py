"""Two user agents joined by a network that loses, doubles and reorders what it carries, by a seed."""

import heapq
import random
from collections.abc import Callable

from pbx.identifiers import SeededIds
from pbx.sip.authentication import Challenger
from pbx.sip.outgoing import Target
from pbx.sip.outputs import (
    CallAnswered,
    CallConfirmed,
    CallOffered,
    CallOver,
    CallProgressed,
    OfferAnswered,
    OfferReceived,
    Output,
    Peer,
    Transmit,
)
from pbx.sip.user_agent import UserAgent
from tests.sip.stage import OUR_SDP, Town

CLOSE_ENOUGH = 0.001
Act = Callable[[float], None]


class Side:
    """One switch, and a shell that answers its questions as the dice fall."""

    def __init__(self, network: "Network", host: str, seed: int) -> None:
        self.network = network
        self.host = host
        self.agent = UserAgent(
            challenger=Challenger("centrala", b"key"),
            directory=Trusting(),
            ids=SeededIds(seed),
            locals_={"udp": f"{host}:5060", "tcp": f"{host}:5060"},
        )
        self.begun: list[str] = []
        self.ended: list[CallOver] = []
        self.heard: list[Output] = []

    def place(self, name: str, other: "Side", transport: str, now: float) -> None:
        peer = Peer("tcp" if transport == "tcp" else "udp", other.host, 5060, f"{self.host}:5060")
        self.begun.append(name)
        self.carry_out(self.agent.place(name, Target(f"sip:100@{other.host}", peer), OUR_SDP, now), now)

    def carry_out(self, outputs: list[Output], now: float) -> None:
        for output in outputs:
            if isinstance(output, Transmit):
                self.network.post(self, output, now)
            else:
                self.heard.append(output)
                self.react(output)

    def react(self, output: Output) -> None:
        """Decide now what to do about it later: the shell is slow, and sometimes changes its mind."""
        dice, agent = self.network.dice, self.agent
        match output:
            case CallOffered(call):
                self.begun.append(call)
                if dice.random() < 0.6:
                    self.later(lambda now: agent.progress(call, dice.choice([180, 183]), OUR_SDP, now))
                self.later(
                    dice.choice(
                        [
                            lambda now: agent.answer(call, OUR_SDP, now),
                            lambda now: agent.answer(call, OUR_SDP, now),
                            lambda now: agent.answer(call, OUR_SDP, now),
                            lambda now: agent.refuse(call, 486, now),
                        ]
                    )
                )
                self.later(lambda now: agent.end(call, now), 60)
            case CallAnswered(call) | CallConfirmed(call) if dice.random() < 0.7:
                self.later(lambda now: agent.offer(call, OUR_SDP, now), dice.choice([0.001, 1, 5]))
            case CallAnswered(call) | CallConfirmed(call):
                self.later(lambda now: agent.end(call, now), dice.choice([0.001, 5]))
            case OfferReceived(call):
                self.later(
                    dice.choice(
                        [
                            lambda now: agent.accept_offer(call, OUR_SDP, now),
                            lambda now: agent.reject_offer(call, 488, now),
                        ]
                    )
                )
            case CallOver(call, owes_reply=owes):
                self.ended.append(output)
                if owes:
                    self.later(lambda now: agent.release(call, now), 0.02)
            case CallProgressed() | OfferAnswered() | _:
                pass

    def later(self, order: Callable[[float], list[Output]], within: float = 3.0) -> None:
        self.network.at(
            self.network.now + self.network.dice.uniform(0, within),
            lambda now: self.carry_out(order(now), now),
        )


class Trusting(Town):
    """The two sides are trunks of each other, under names of their own."""

    def trunk(self, host: str) -> str | None:
        return host


class Network:
    """UDP loses, doubles and delays; TCP only delays, in order."""

    def __init__(self, seed: int, loss: float) -> None:
        self.dice = random.Random(seed)
        self.loss = loss
        self.now = 0.0
        self.due: list[tuple[float, int, Act]] = []
        self._serial = 0
        self._last_tcp = 0.0
        self.sides = [Side(self, "192.0.2.1", seed * 2), Side(self, "192.0.2.2", seed * 2 + 1)]

    def at(self, moment: float, act: Act) -> None:
        self._serial += 1
        heapq.heappush(self.due, (moment, self._serial, act))

    def post(self, sender: Side, sent: Transmit, now: float) -> None:
        (receiver,) = [side for side in self.sides if side is not sender]
        assert sent.peer.host == receiver.host
        back = Peer(sent.peer.transport, sender.host, 5060, f"{receiver.host}:5060")

        def arrive(now: float) -> None:
            receiver.carry_out(receiver.agent.receive(sent.data, back, now), now)

        if sent.peer.transport == "tcp":
            self._last_tcp = max(self._last_tcp, now + self.dice.uniform(0, 0.1))
            self.at(self._last_tcp, arrive)
            return
        copies = 0 if self.dice.random() < self.loss else 2 if self.dice.random() < 0.15 else 1
        for _ in range(copies):
            slow = self.dice.random() < 0.1
            self.at(now + self.dice.uniform(0, 3.0 if slow else 0.1), arrive)

    def cut(self, moment: float) -> None:
        """Both sides learn at about the same time that the connection is gone; a new one takes its place."""
        for side, other in zip(self.sides, self.sides[::-1], strict=True):
            peer = Peer("tcp", other.host, 5060, f"{side.host}:5060")
            self.at(
                moment + self.dice.uniform(0, 1),
                lambda now, s=side, p=peer: s.carry_out(s.agent.lost(p, now), now),
            )

    def run(self) -> None:
        """Until nothing is left to happen."""
        for _ in range(100_000):
            alarms = [(side.agent.deadline, side) for side in self.sides]
            deadlines = [(at, side) for at, side in alarms if at is not None]
            at, side = min(deadlines, key=lambda pair: pair[0], default=(None, None))
            if self.due and (at is None or self.due[0][0] <= at):
                self.now, _, act = heapq.heappop(self.due)
                act(self.now)
            elif at is not None and side is not None:
                self.now = max(self.now, at)
                side.carry_out(side.agent.on_deadline(self.now), self.now)
            else:
                return
        raise AssertionError("it never comes to rest")
