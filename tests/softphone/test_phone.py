"""The lines that `centrala call` and `centrala phone` print, and what they say when they cannot."""

import threading

import pytest

from pbx.softphone.phone import SoftphoneError, place_call, wait_for_calls
from tests.softphone.exchange import ScriptedExchange


def call(uri: str, *, account: str | None = None, keys: str = "", seconds: float = 3) -> list[str]:
    return list(place_call(uri, account=account, keys=keys, record=None, seconds=seconds))


@pytest.mark.parametrize(
    ("uri", "account", "keys", "sentence"),
    [
        ("100", None, "", "no address to call: write sip:100@127.0.0.1:5060"),
        ("sip:100", None, "", "no address to call"),
        ("sip:100@127.0.0.1:5060;x", None, "", "no address to call"),
        ("sip:100@127.0.0.1", "1001", "", "an account is NAME:PASSWORD"),
        ("sip:100@127.0.0.1", None, "1x", "keys are 0123456789"),
    ],
)
def test_a_mistake_is_a_sentence(uri: str, account: str | None, keys: str, sentence: str) -> None:
    with pytest.raises(SoftphoneError, match=sentence):
        call(uri, account=account, keys=keys)


def test_a_refused_call_names_the_status() -> None:
    with ScriptedExchange() as exchange:

        def refuse() -> None:
            exchange.reply(exchange.hear("INVITE"), "486 Busy Here")
            exchange.hear("ACK")

        script = threading.Thread(target=refuse)
        script.start()
        with pytest.raises(SoftphoneError, match="not answered: 486 Busy Here"):
            call(f"sip:600@127.0.0.1:{exchange.address[1]}")
        script.join()


def test_a_silent_exchange_is_not_waited_for_for_ever() -> None:
    with ScriptedExchange() as exchange, pytest.raises(SoftphoneError, match="nobody picked up in time"):
        call(f"sip:600@127.0.0.1:{exchange.address[1]}", seconds=1)


def test_a_refused_registration_asks_for_the_password() -> None:
    with ScriptedExchange() as exchange:

        def refuse() -> None:
            exchange.reply(exchange.hear("REGISTER"), "403 Forbidden")

        script = threading.Thread(target=refuse)
        script.start()
        where = f"127.0.0.1:{exchange.address[1]}"
        with pytest.raises(
            SoftphoneError, match=r"refused to register 1001 with 403: is its password right\?"
        ):
            list(wait_for_calls(where, "1001", "guess", answer=True, seconds=1))
        script.join()


def test_no_thread_outlives_a_call() -> None:
    with ScriptedExchange() as exchange, pytest.raises(SoftphoneError):
        call(f"sip:600@127.0.0.1:{exchange.address[1]}", seconds=1)
    assert [thread.name for thread in threading.enumerate() if "softphone" in thread.name] == []
