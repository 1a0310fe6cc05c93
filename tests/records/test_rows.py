"""Facts as rows, and rows as facts."""

from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.records.facts import (
    CallbackRequested,
    ConfigChanged,
    ContactCreated,
    ContactIdentified,
    ExchangeStopped,
    Fact,
)
from pbx.records.rows import KINDS, TEXT_LIMIT, FactRow, Identity, clean, decode, encode

ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=TEXT_LIMIT // 10)


def values(hint: Any) -> st.SearchStrategy[Any]:
    if hint is str:
        return ANY_TEXT
    if hint is int:
        return st.integers(-(2**53), 2**53)
    if hint is bool:
        return st.booleans()
    if hint is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    if get_origin(hint) is not None and type(None) in get_args(hint):
        (other,) = (arg for arg in get_args(hint) if arg is not type(None))
        return st.none() | values(other)
    return st.sampled_from(get_args(hint))


def facts_of(kind: type[Fact]) -> st.SearchStrategy[Fact]:
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name != "type"}
    return st.fixed_dictionaries({name: values(hint) for name, hint in hints.items()}).map(
        lambda fields: kind(**fields)
    )


def identity_of(fact: Fact) -> Identity:
    if isinstance(fact, CallbackRequested):
        return Identity(callback=fact.number)
    return Identity(fact.number, fact.name) if isinstance(fact, ContactIdentified) else Identity()


def test_every_type_has_a_name_of_its_own():
    assert len({kind.type for kind in KINDS}) == len(KINDS) > 30


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
def test_a_fact_comes_back_from_its_row(kind: type[Fact]):
    @settings(max_examples=25, deadline=None, database=None)
    @given(facts_of(kind))
    def check(fact: Fact) -> None:
        assert clean(fact) == fact
        assert decode(encode(fact), identity_of(fact)) == fact
        assert encode(decode(encode(fact), identity_of(fact))) == encode(fact)

    check()


def test_who_called_is_not_in_the_row():
    row = encode(ContactIdentified(at=1, contact="c1", number="+37120000001", name="Anna Ozola"))
    assert row == FactRow(1, "contact.identified", 1, "c1", None, None, None, None, None, "{}")


def test_a_contact_whose_caller_was_erased_is_identified_as_nobody():
    row = encode(ContactIdentified(at=1, contact="c1", number="1", name="Anna"))
    assert decode(row, Identity()) == ContactIdentified(at=1, contact="c1", number="", name="")


def test_a_fact_with_nothing_but_its_time():
    assert encode(ExchangeStopped(at=5)).data == "{}"


def test_what_cannot_be_stored_is_replaced():
    fact = ContactIdentified(at=1, contact="c1", number="12\0003", name="Anna \udcff Ozoli\u0146a")
    cleaned = ContactIdentified(at=1, contact="c1", number="12\ufffd3", name="Anna \ufffd Ozoli\u0146a")
    assert clean(fact) == cleaned
    assert clean(cleaned) == cleaned


def test_a_nul_is_replaced_in_a_text_that_is_otherwise_plain():
    assert clean(ConfigChanged(at=1, version="1\0002")) == ConfigChanged(at=1, version="1\ufffd2")


@given(st.text(st.characters(), max_size=50))
def test_any_text_at_all_can_be_stored_once_cleaned(text: str):
    cleaned = clean(ContactCreated(at=1, contact="c1", dnis=text, entry="rule"))
    encode(cleaned).data.encode()
    assert isinstance(cleaned, ContactCreated)
    assert len(cleaned.dnis) == len(text)
    assert "\0" not in cleaned.dnis


def test_a_text_as_long_as_a_packet_is_cut():
    cleaned = clean(ContactCreated(at=1, contact="c1", dnis="5" * 60_000, entry="x" * TEXT_LIMIT))
    assert isinstance(cleaned, ContactCreated)
    assert (cleaned.dnis, cleaned.entry) == ("5" * TEXT_LIMIT, "x" * TEXT_LIMIT)


def test_a_type_from_the_future_is_named():
    row = encode(ExchangeStopped(at=5))._replace(type="hologram.shown")
    with pytest.raises(ValueError, match=r"hologram\.shown"):
        decode(row, Identity())
