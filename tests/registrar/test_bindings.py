import math

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pbx.registrar.bindings import Bindings, Limits, Reachable, Registration, Row, Unreachable
from pbx.sip.outputs import ContactAddress, Peer, RegisterReceived

HOME = Peer("udp", "203.0.113.9", 40000, "192.0.2.1:5060")
TCP = Peer("tcp", "203.0.113.9", 51000, "192.0.2.1:5060")
OTHER_TCP = Peer("tcp", "203.0.113.9", 51001, "192.0.2.1:5060")


def contact(
    uri: str = "sip:1001@10.0.0.5:5060", expires: int = 3600, *, q: int = 1000, instance: str = ""
) -> ContactAddress:
    return ContactAddress(uri, expires, q, instance)


def register(
    *contacts: ContactAddress,
    account: str = "1001",
    remove_all: bool = False,
    call_id: str = "c1",
    sequence: int = 1,
    peer: Peer = HOME,
) -> RegisterReceived:
    return RegisterReceived("t", account, contacts, remove_all, call_id, sequence, peer)


def uris(bindings: Bindings, now: float = 0.0, account: str = "1001") -> list[str]:
    return [binding.uri for binding in bindings.lookup(account, now)]


def test_a_phone_is_reached_where_it_really_is_and_not_where_it_says():
    bindings = Bindings()
    assert bindings.lookup("1001", 0.0) == []
    answer = bindings.apply(register(contact(q=500, instance="<urn:uuid:1>")), 100.0)
    assert answer == Registration(
        200, (contact(q=500, instance="<urn:uuid:1>"),), effects=(Reachable("1001"),)
    )
    [binding] = bindings.lookup("1001", 100.0)
    assert (binding.uri, binding.peer, binding.q) == ("sip:1001@10.0.0.5:5060", HOME, 500)
    assert binding.expires_at == 3700.0


def test_a_query_tells_what_is_left_and_changes_nothing():
    bindings = Bindings()
    bindings.apply(register(contact(expires=60)), 0.0)
    assert bindings.apply(register(), 0.5) == Registration(200, (contact(expires=60),))
    assert bindings.apply(register(), 59.5) == Registration(200, (contact(expires=1),))
    assert bindings.apply(register(account="1002"), 0.0) == Registration(200)


def test_a_refresh_moves_the_end_and_the_source():
    bindings = Bindings()
    bindings.apply(register(contact(expires=60)), 0.0)
    moved = HOME._replace(port=40001)
    assert bindings.apply(register(contact(expires=60), sequence=2, peer=moved), 50.0).effects == ()
    [binding] = bindings.lookup("1001", 100.0)
    assert (binding.peer, binding.expires_at) == (moved, 110.0)


def test_zero_seconds_remove_one_contact_and_a_star_all():
    bindings = Bindings()
    bindings.apply(register(contact("sip:a@h"), contact("sip:b@h"), contact("sip:c@h")), 0.0)
    answer = bindings.apply(register(contact("sip:b@h", 0), sequence=2), 1.0)
    assert [(c.uri, c.expires) for c in answer.contacts] == [("sip:c@h", 3599), ("sip:a@h", 3599)]
    assert answer.effects == ()
    assert bindings.apply(register(remove_all=True, sequence=3), 2.0) == Registration(
        200, effects=(Unreachable("1001"),)
    )
    assert uris(bindings, 2.0) == []
    assert bindings.deadline is None or bindings.on_deadline(bindings.deadline) == []


def test_removing_what_is_not_there_is_no_change():
    bindings = Bindings()
    assert bindings.apply(register(contact(expires=0)), 0.0) == Registration(200)
    assert bindings.apply(register(remove_all=True), 0.0) == Registration(200)


def test_a_star_beside_contacts_is_a_contradiction():
    assert Bindings().apply(register(contact(), remove_all=True), 0.0) == Registration(400)


def test_a_lifetime_too_brief_is_refused_with_the_least_and_one_too_long_is_shortened():
    bindings = Bindings(Limits(minimum=30, maximum=7200))
    assert bindings.apply(register(contact(expires=29)), 0.0) == Registration(
        423, headers=(("min-expires", "30"),)
    )
    assert uris(bindings) == []
    assert bindings.apply(register(contact(expires=30)), 0.0).contacts[0].expires == 30
    assert bindings.apply(register(contact(expires=2**32 - 1), sequence=2), 0.0).contacts[0].expires == 7200


def test_the_order_of_ringing_is_q_and_then_the_latest():
    bindings = Bindings()
    bindings.apply(
        register(
            contact("sip:a@h", q=500), contact("sip:b@h"), contact("sip:c@h", q=900), contact("sip:d@h")
        ),
        0.0,
    )
    assert uris(bindings) == ["sip:d@h", "sip:b@h", "sip:c@h", "sip:a@h"]
    bindings.apply(register(contact("sip:b@h"), sequence=2), 1.0)
    assert uris(bindings) == ["sip:b@h", "sip:d@h", "sip:c@h", "sip:a@h"]


@pytest.mark.parametrize("change", [contact(), contact(expires=0)])
def test_a_request_older_than_the_binding_is_refused(change: ContactAddress):
    bindings = Bindings()
    bindings.apply(register(contact(), sequence=5), 0.0)
    assert bindings.apply(register(change, sequence=4), 0.0) == Registration(400)
    assert bindings.apply(register(change, sequence=5), 0.0) == Registration(400)
    assert bindings.apply(register(remove_all=True, sequence=5), 0.0) == Registration(400)
    assert uris(bindings) == ["sip:1001@10.0.0.5:5060"]
    assert bindings.apply(register(change, sequence=6), 0.0).status == 200


def test_order_counts_within_one_call_id_only():
    bindings = Bindings()
    bindings.apply(register(contact(), sequence=5), 0.0)
    assert bindings.apply(register(contact(), sequence=1, call_id="rebooted"), 0.0).status == 200
    assert len(bindings.lookup("1001", 0.0)) == 1


def test_a_phone_that_says_the_same_call_id_and_number_after_a_restart_is_known_by_its_new_instance():
    bindings = Bindings()
    bindings.apply(register(contact(instance="<urn:uuid:1>"), sequence=2), 0.0)
    assert bindings.apply(register(contact(instance="<urn:uuid:2>"), sequence=1), 0.0).status == 200
    assert [binding.instance for binding in bindings.lookup("1001", 0.0)] == ["<urn:uuid:2>"]


def test_an_instance_replaces_its_older_address():
    bindings = Bindings()
    bindings.apply(
        register(contact("sip:1001@10.0.0.5", instance="<urn:uuid:1>"), contact("sip:1001@10.0.0.6")), 0.0
    )
    bindings.apply(register(contact("sip:1001@10.0.0.7", instance="<urn:uuid:1>"), sequence=2), 0.0)
    assert uris(bindings) == ["sip:1001@10.0.0.7", "sip:1001@10.0.0.6"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("sip:1001@H.example:5060;transport=tcp", "SIP:1001@h.example:5060;Transport=tcp", True),
        ("sip:%31001@h", "sip:1001@h", True),
        ("sip:1001@h", "sip:1001@h:5060", False),
        ("sip:1001@h", "sip:1001@h;transport=tcp", False),
        ("sip:1001@h", "sips:1001@h", False),
        ("mailto:a@h", "mailto:a@h", True),
        ("mailto:a@h", "mailto:b@h", False),
    ],
)
def test_contacts_are_compared_as_uris(one: str, other: str, same: bool):
    bindings = Bindings()
    bindings.apply(register(contact(one)), 0.0)
    bindings.apply(register(contact(other), sequence=2), 0.0)
    assert len(uris(bindings)) == (1 if same else 2)


def test_the_same_contact_twice_in_one_request_is_one_binding():
    bindings = Bindings()
    answer = bindings.apply(register(contact(q=100), contact(q=200)), 0.0)
    assert [c.q for c in answer.contacts] == [200]


def test_an_account_has_at_most_ten_bindings_and_a_refresh_is_still_taken():
    bindings = Bindings()
    ten = [contact(f"sip:{number}@h") for number in range(10)]
    assert bindings.apply(register(*ten), 0.0).status == 200
    assert bindings.apply(register(contact("sip:more@h"), sequence=2), 0.0) == Registration(403)
    assert (
        bindings.apply(register(contact("sip:more@h"), contact("sip:3@h", 0), sequence=3), 0.0).status == 200
    )
    assert bindings.apply(register(contact("sip:4@h"), sequence=4), 0.0).status == 200
    assert bindings.apply(register(contact("sip:4@h"), account="1002"), 0.0).status == 200
    bindings.limits = Limits(bindings=2)
    assert bindings.apply(register(contact("sip:4@h"), sequence=5), 0.0).status == 200
    assert bindings.apply(register(contact("sip:new@h"), sequence=6), 0.0).status == 403


def test_a_request_is_taken_whole_or_not_at_all():
    bindings = Bindings()
    bindings.apply(register(contact("sip:a@h"), sequence=5), 0.0)
    before = bindings.snapshot(0.0, 0.0)
    bindings.apply(register(contact("sip:b@h"), contact("sip:a@h"), sequence=5), 0.0)
    bindings.apply(register(contact("sip:b@h"), contact("sip:c@h", 1), sequence=6), 0.0)
    bindings.apply(
        register(contact("sip:a@h", 0), *[contact(f"sip:{n}@h") for n in range(11)], sequence=7), 0.0
    )
    assert bindings.snapshot(0.0, 0.0) == before


def test_bindings_expire_each_in_its_time_and_the_last_is_told():
    bindings = Bindings()
    bindings.apply(register(contact("sip:a@h", 60), contact("sip:b@h", 90)), 0.0)
    assert bindings.deadline == 60.0
    assert uris(bindings, 59.9) == ["sip:b@h", "sip:a@h"]
    assert uris(bindings, 60.0) == ["sip:b@h"]
    assert bindings.on_deadline(59.9) == []
    assert bindings.on_deadline(60.0) == []
    assert bindings.deadline == 90.0
    assert bindings.on_deadline(90.0) == [Unreachable("1001")]
    assert bindings.deadline is None
    assert bindings.on_deadline(1000.0) == []


def test_an_expired_binding_is_gone_even_before_it_is_noticed():
    bindings = Bindings(Limits(bindings=1))
    bindings.apply(register(contact("sip:a@h", 60), sequence=9), 0.0)
    answer = bindings.apply(register(contact("sip:b@h", 60), sequence=1), 61.0)
    assert (answer.status, answer.effects) == (200, ())
    assert bindings.on_deadline(61.0) == []
    assert uris(bindings, 61.0) == ["sip:b@h"]
    assert bindings.on_deadline(121.0) == [Unreachable("1001")]


def test_a_refreshed_binding_does_not_end_at_its_first_end():
    bindings = Bindings()
    bindings.apply(register(contact(expires=60)), 0.0)
    bindings.apply(register(contact(expires=60), sequence=2), 30.0)
    assert bindings.on_deadline(60.0) == []
    assert bindings.deadline == 90.0
    assert bindings.on_deadline(90.0) == [Unreachable("1001")]


def test_refreshes_do_not_pile_up():
    bindings = Bindings()
    for sequence in range(1000):
        bindings.apply(register(contact(expires=7200), sequence=sequence), sequence * 0.001)
    alarms = 0
    while bindings.deadline is not None:
        bindings.on_deadline(bindings.deadline)
        alarms += 1
    assert alarms <= 2


def test_a_lost_connection_takes_its_bindings_with_it():
    bindings = Bindings()
    bindings.apply(register(contact("sip:a@h"), peer=TCP), 0.0)
    bindings.apply(register(contact("sip:b@h"), peer=OTHER_TCP, sequence=2), 0.0)
    bindings.apply(register(contact("sip:c@h"), account="1002", peer=TCP), 0.0)
    assert bindings.lost(TCP) == [Unreachable("1002")]
    assert uris(bindings) == ["sip:b@h"]
    assert bindings.lost(TCP) == []
    assert bindings.lost(OTHER_TCP) == [Unreachable("1001")]
    assert bindings.lost(HOME) == []


def test_a_phone_that_has_moved_to_another_connection_stays_when_the_old_one_goes():
    bindings = Bindings()
    bindings.apply(register(contact(), peer=TCP), 0.0)
    bindings.apply(register(contact(), peer=OTHER_TCP, sequence=2), 0.0)
    assert bindings.lost(TCP) == []
    assert bindings.lost(OTHER_TCP) == [Unreachable("1001")]


def test_registrations_survive_a_restart_but_for_what_has_expired_and_for_connections():
    before = Bindings()
    before.apply(register(contact("sip:a@h", 100, q=700, instance="<i>"), contact("sip:b@h", 3600)), 1000.0)
    before.apply(register(contact("sip:c@h", 3600), account="1002", peer=TCP), 1000.0)
    before.apply(register(contact("sip:d@h", 50), account="1003"), 1000.0)
    rows = before.snapshot(1010.0, 1_700_000_010.0)
    assert rows[0] == Row(
        "1001", "sip:a@h", "udp", "203.0.113.9", 40000, "192.0.2.1:5060", 700, 1_700_000_100.0, "<i>", "c1", 1
    )
    after = Bindings()
    assert after.restore(rows, 7.0, 1_700_000_060.0) == [Reachable("1001")]
    assert [(b.uri, b.peer, b.expires_at) for b in after.lookup("1001", 7.0)] == [
        ("sip:b@h", HOME, 3547.0),
        ("sip:a@h", HOME, 47.0),
    ]
    assert after.lookup("1002", 7.0) == after.lookup("1003", 7.0) == []
    assert after.apply(register(contact("sip:a@h", instance="<i>"), sequence=1), 8.0) == Registration(400)
    assert after.deadline == 47.0


def test_a_wall_clock_that_was_set_back_does_not_make_a_registration_last():
    rows = [Row("1001", "sip:a@h", "udp", "h", 5060, "", 1000, 2_000_000_000.0, "", "c", 1)]
    bindings = Bindings()
    bindings.restore(rows, 0.0, 1_000_000_000.0)
    assert bindings.lookup("1001", 0.0)[0].expires_at == 7200.0


class Registrar(RuleBasedStateMachine):
    """Any history: effects tell reachability exactly, nothing outlives its time, the limit holds."""

    @initialize()
    def start(self) -> None:
        self.bindings = Bindings(Limits(minimum=30, maximum=600, bindings=3))
        self.now = 0.0
        self.sequence = 0
        self.reachable: set[str] = set()

    def told(self, effects: tuple[Reachable | Unreachable, ...] | list[Reachable | Unreachable]) -> None:
        for effect in effects:
            if isinstance(effect, Reachable):
                assert effect.account not in self.reachable
                self.reachable.add(effect.account)
            else:
                self.reachable.remove(effect.account)

    @rule(
        account=st.sampled_from(["1", "2"]),
        contacts=st.lists(
            st.builds(
                ContactAddress,
                st.sampled_from(["sip:a@h", "sip:b@h", "sip:c@h", "sip:d@h"]),
                st.sampled_from([0, 10, 30, 100, 6000]),
                st.sampled_from([1000, 500]),
                st.sampled_from(["", "", "<1>", "<2>"]),
            ),
            max_size=4,
        ),
        everything=st.booleans(),
        back=st.integers(0, 2),
        peer=st.sampled_from([HOME, TCP, OTHER_TCP]),
    )
    def registers(
        self, account: str, contacts: list[ContactAddress], everything: bool, back: int, peer: Peer
    ) -> None:
        self.sequence += 1
        before = self.bindings.snapshot(self.now, 0.0)
        answer = self.bindings.apply(
            register(
                *contacts,
                account=account,
                remove_all=everything and not contacts,
                sequence=self.sequence - back,
                peer=peer,
            ),
            self.now,
        )
        self.told(answer.effects)
        if answer.status != 200:
            assert self.bindings.snapshot(self.now, 0.0) == before
        else:
            alive = self.bindings.lookup(account, self.now)
            assert [(c.uri, c.q, c.expires) for c in answer.contacts] == [
                (b.uri, b.q, math.ceil(b.expires_at - self.now)) for b in alive
            ]

    @rule(peer=st.sampled_from([TCP, OTHER_TCP]))
    def loses(self, peer: Peer) -> None:
        self.told(self.bindings.lost(peer))
        assert all(b.peer != peer for account in "12" for b in self.bindings.lookup(account, self.now))

    @rule(seconds=st.sampled_from([0.5, 29.5, 30.0, 100.0, 700.0]))
    def waits(self, seconds: float) -> None:
        until = self.now + seconds
        while self.bindings.deadline is not None and self.bindings.deadline <= until:
            self.now = self.bindings.deadline
            self.told(self.bindings.on_deadline(self.now))
        self.now = until

    @invariant()
    def all_is_as_told(self) -> None:
        for account in "12":
            alive = self.bindings.lookup(account, self.now)
            assert (account in self.reachable) == bool(alive)
            assert len(alive) <= 3
            assert len({binding.uri for binding in alive}) == len(alive)
            assert all(binding.expires_at <= self.now + 600 for binding in alive)
            assert [binding.q for binding in alive] == sorted((binding.q for binding in alive), reverse=True)


Registrar.TestCase.settings = settings(max_examples=40, stateful_step_count=25)
TestAnyHistoryOfRegistrations = Registrar.TestCase
