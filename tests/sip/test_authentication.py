import hashlib
import re
import sys
import time
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx.sip.authentication import Accepted, Challenger, Refused, Stale, Verdict, parse_digest, respond
from pbx.sip.errors import Malformed

ALL = ("SHA-512-256", "SHA-256", "MD5")
PASSWORDS = {"1001": "secret", "anna": 'pass"w\\ord', "ādažu": "ķēķis"}
URI = "sip:pbx.example.net"


def challenger(**options: float) -> Challenger:
    return Challenger("pbx.example.net", b"k" * 32, algorithms=ALL, lifetime=60.0, **options)  # pyright: ignore[reportArgumentType] - capacity is an int


def judge(
    asked: Challenger, answer: str, method: str = "REGISTER", uri: str = URI, now: float = 1000.0
) -> Verdict:
    return asked.verify(answer, method, uri, PASSWORDS.get, now)


def answer(
    asked: Challenger,
    *,
    now: float = 1000.0,
    nc: int = 1,
    username: str = "1001",
    password: str = "secret",
    method: str = "REGISTER",
    uri: str = URI,
    which: int = -1,
) -> str:
    return respond(asked.challenges(now)[which], username, password, method, uri, nc, "0a4f113b")


def bare(
    challenge: str, username: str = "1001", password: str = "secret", method: str = "REGISTER", uri: str = URI
) -> str:
    """As a phone of RFC 2069 answers: without qop."""
    return respond(challenge.replace(',qop="auth"', ""), username, password, method, uri, 1, "")


def nonce_of(challenge: str) -> str:
    nonce = (parse_digest(challenge) or {})["nonce"]
    assert re.fullmatch(r"[0-9a-f-]+", nonce)
    return nonce


def test_the_example_of_rfc_7616_comes_out():
    challenge = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    expected = {
        "MD5": "8ca523f5e9506fed4657c9700eebdbec",
        "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    }
    for algorithm, response in expected.items():
        value = respond(
            challenge.format(algorithm),
            "Mufasa",
            "Circle of Life",
            "GET",
            "/dir/index.html",
            1,
            "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        )
        assert f'response="{response}"' in value
        assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in value


def test_the_example_of_rfc_2069_comes_out():
    challenge = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    value = respond(challenge, "Mufasa", "CircleOfLife", "GET", "/dir/index.html", 1, "")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in value


def test_sha_512_256_is_the_truncated_hash_with_its_own_start_and_not_sha_512_cut_off():
    value = respond('Digest realm="r",nonce="n",algorithm=SHA-512-256', "u", "p", "INVITE", "sip:h", 1, "")

    def hashed(text: str) -> str:
        return hashlib.new("sha512_256", text.encode()).hexdigest()

    assert f'response="{hashed(hashed("u:r:p") + ":n:" + hashed("INVITE:sip:h"))}"' in value
    assert hashed("") == "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a"


def test_there_is_one_challenge_for_each_algorithm_in_the_order_given():
    values = challenger().challenges(0.0)
    assert [(parse_digest(value) or {})["algorithm"] for value in values] == list(ALL)
    assert len({nonce_of(value) for value in values}) == 1
    assert all('qop="auth"' in value and "stale" not in value for value in values)
    assert all(",stale=true" in value for value in challenger().challenges(0.0, stale=True))


def test_every_challenge_has_a_nonce_of_its_own_that_nobody_can_guess():
    asked = challenger()
    nonces = [nonce_of(asked.challenges(0.0)[0]) for _ in range(100)]
    assert len(set(nonces)) == 100
    other_key = Challenger("pbx.example.net", b"q" * 32, algorithms=ALL)
    assert nonce_of(other_key.challenges(0.0)[0]).rpartition("-")[2] != nonces[0].rpartition("-")[2]


def test_an_algorithm_we_do_not_know_is_a_mistake_of_ours():
    for algorithms in (("MD4",), ()):
        with pytest.raises(ValueError, match="algorithm"):
            Challenger("r", b"k", algorithms=algorithms)


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("username", PASSWORDS)
def test_the_right_password_is_accepted_with_every_algorithm(which: int, username: str):
    asked = challenger()
    good = answer(asked, username=username, password=PASSWORDS[username], which=which)
    assert judge(asked, good) == Accepted(username)


def test_the_right_password_without_qop_is_accepted_as_old_phones_send_it():
    asked = challenger()
    assert judge(asked, bare(asked.challenges(1000.0)[-1])) == Accepted("1001")


def test_a_wrong_password_a_missing_account_and_an_empty_response_are_refused():
    asked = challenger()
    assert judge(asked, answer(asked, password="Secret")) == Refused("wrong password")
    assert judge(asked, answer(asked, username="9999")) == Refused("unknown account")
    assert judge(asked, answer(asked, username="9999", password="\ufffd")) == Refused("unknown account")
    assert judge(asked, re.sub(r'response="\w+"', 'response=""', answer(asked))) == Refused("wrong password")


def test_an_answer_holds_for_its_method_and_its_target_only():
    asked = challenger()
    assert judge(asked, answer(asked), method="INVITE") == Refused("wrong password")
    assert judge(
        asked, answer(asked, uri="sip:100@pbx.example.net"), uri="sip:900@pbx.example.net"
    ) == Refused("uri")
    assert judge(asked, answer(asked), uri="sip:elsewhere.example.net") == Refused("uri")


@pytest.mark.parametrize(
    ("claimed", "actual", "same"),
    [
        ("sip:pbx.example.net;transport=UDP", "sip:100@PBX.example.net:5060", True),
        ("sip:pbx.example.net:5060", "sip:100@pbx.example.net", True),
        ("sip:100@pbx.example.net:5070", "sip:100@pbx.example.net;user=phone", True),
        ("sip:100@pbx.example.net", "sip:pbx.example.net", False),
        ("sip:pbx.example.org", "sip:100@pbx.example.net", False),
        ("tel:+371-67", "tel:+37167", True),
        ("tel:+37168", "tel:+37167", False),
        ("tel:+37167", "sip:+37167@pbx.example.net", False),
        ("/index.html", "sip:100@pbx.example.net", False),
        ("*", "*", True),
    ],
)
def test_the_signed_uri_names_the_same_host_and_if_any_the_same_user(claimed: str, actual: str, same: bool):
    asked = challenger()
    verdict = judge(asked, answer(asked, uri=claimed), uri=actual)
    assert verdict == (Accepted("1001") if same else Refused("uri"))


def test_a_nonce_is_good_for_a_minute():
    asked = challenger()
    early, late = answer(asked), answer(asked)
    assert judge(asked, early, now=1060.0) == Accepted("1001")
    assert judge(asked, late, now=1060.1) == Stale()


def test_a_nonce_that_is_not_ours_is_stale_to_who_knows_the_password_and_nothing_to_others():
    asked, restarted = challenger(), Challenger("pbx.example.net", b"new" * 11, algorithms=ALL)
    assert judge(restarted, answer(asked)) == Stale()
    assert judge(restarted, answer(asked, password="guess")) == Refused("wrong password")


@pytest.mark.parametrize("nonce", ["", "-", "--", "x", "1-1-", "zz-zz-zz", "0" * 5000, "1f4-1-" + "0" * 32])
def test_an_invented_nonce_is_stale(nonce: str):
    asked = challenger()
    forged = respond(
        f'Digest realm="pbx.example.net",nonce="{nonce}"', "1001", "secret", "REGISTER", URI, 1, ""
    )
    assert judge(asked, forged) == Stale()


def test_a_nonce_belongs_to_its_realm():
    other = Challenger("other.example.net", b"k" * 32, algorithms=ALL)
    asked = challenger()
    assert judge(asked, answer(other)) == Refused("realm")
    moved = respond(
        f'Digest realm="pbx.example.net",nonce="{nonce_of(other.challenges(1000.0)[0])}"',
        "1001",
        "secret",
        "REGISTER",
        URI,
        1,
        "",
    )
    assert judge(asked, moved) == Stale()


def test_the_nonce_count_must_grow():
    asked = challenger()
    challenge = asked.challenges(1000.0)[0]

    def use(nc: int) -> Verdict:
        return judge(asked, respond(challenge, "1001", "secret", "REGISTER", URI, nc, "c"))

    assert use(1) == Accepted("1001")
    assert use(1) == Stale()
    assert use(5) == Accepted("1001")
    assert use(4) == Stale()
    assert use(5) == Stale()
    assert use(6) == Accepted("1001")


def test_a_replay_by_somebody_who_only_listened_gets_nowhere():
    asked = challenger()
    heard = answer(asked, method="INVITE", uri="sip:100@pbx.example.net")
    assert judge(asked, heard, "INVITE", "sip:100@pbx.example.net") == Accepted("1001")
    assert judge(asked, heard, "INVITE", "sip:100@pbx.example.net") == Stale()
    assert judge(
        asked, heard.replace("nc=00000001", "nc=00000002"), "INVITE", "sip:100@pbx.example.net"
    ) == Refused("wrong password")
    assert judge(asked, heard, "INVITE", "sip:900@pbx.example.net") == Refused("uri")
    assert judge(asked, heard, "REGISTER", "sip:100@pbx.example.net") == Refused("wrong password")


def test_without_qop_an_answer_is_good_once_and_another_request_needs_another_answer():
    asked = challenger()
    challenge = asked.challenges(1000.0)[-1]
    register, invite = bare(challenge), bare(challenge, method="INVITE")
    assert judge(asked, register) == Accepted("1001")
    assert judge(asked, register) == Stale()
    assert judge(asked, register.replace("Digest ", "digest  ")) == Stale()
    upper = re.sub(r'response="(\w+)"', lambda found: f'response="{found[1].upper()}"', register)
    assert judge(asked, upper) == Stale()
    assert judge(asked, invite, method="INVITE") == Accepted("1001")


def test_the_memory_of_used_nonces_is_bounded_and_what_was_forgotten_is_stale():
    asked = challenger(capacity=3)
    answers = [answer(asked) for _ in range(6)]
    assert [judge(asked, value) for value in answers[1:5]] == [Accepted("1001")] * 4
    assert judge(asked, answers[1]) == Stale()
    assert judge(asked, answers[0]) == Stale()
    assert judge(asked, answers[4]) == Stale()
    assert judge(asked, answers[5]) == Accepted("1001")
    assert judge(asked, answers[2]) == Stale()
    assert judge(asked, answer(asked)) == Accepted("1001")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Digest ", "Basic "),
        ("Digest ", ""),
        ('username="1001",', ""),
        ('username="1001"', 'username="1001'),
        ("nonce=", "nonsense="),
        ("uri=", "url="),
        ("response=", "request="),
        ("qop=auth,", "qop=auth,qop=auth,"),
        ("qop=auth", "qop=auth-int"),
        ("qop=auth", "qop="),
        ("nc=00000001", "nc=1"),
        ("nc=00000001", "nc=0000000x"),
        ("nc=00000001", "nc=-0000001"),
        ("nc=00000001", "nc=00000000"),
        ("nc=00000001,", ""),
        ('cnonce="0a4f113b"', 'cnonce=""'),
        ('cnonce="0a4f113b"', "x=y"),
        ('username="1001"', 'username="1001",userhash=true'),
        ("algorithm=MD5", "algorithm=MD5,algorithm=MD5"),
        ("algorithm=MD5", "algorithm=MD5" + ",x{}=y" * 30),
    ],
)
def test_a_broken_answer_is_refused(old: str, new: str):
    asked = challenger()
    good = answer(asked)
    assert old in good
    broken = good.replace(old, new, 1)
    for number in range(30):
        broken = broken.replace("{}", str(number), 1)
    assert judge(asked, broken) == Refused("malformed")


@pytest.mark.parametrize(
    "value", ["", "Digest", "Digest ", "Digest ,", "Digest a", "Digest =b", "Digest a=b c=d", 'Digest a="b']
)
def test_a_value_that_is_no_digest_is_refused(value: str):
    assert judge(challenger(), value) == Refused("malformed")


@pytest.mark.parametrize("algorithm", ["MD5-sess", "SHA-256-sess", "SHA-1", "token", "\ufffd"])
def test_an_algorithm_that_was_not_offered_is_refused(algorithm: str):
    asked = challenger()
    assert judge(asked, answer(asked).replace("algorithm=MD5", f"algorithm={algorithm}")) == Refused(
        "algorithm"
    )
    only_md5 = Challenger("pbx.example.net", b"k" * 32)
    assert judge(only_md5, answer(asked, which=0)) == Refused("algorithm")


def test_quotes_and_backslashes_in_names_are_read_as_written():
    assert parse_digest('Digest username="a\\"b\\\\c,d=e" , nc = 1,x=""') == {
        "username": 'a"b\\c,d=e',
        "nc": "1",
        "x": "",
    }


@pytest.mark.parametrize(
    "challenge",
    [
        "Basic realm=x",
        'Digest realm="x"',
        'Digest realm="x",nonce="y",algorithm=MD5-sess',
        'Digest realm="x",nonce="y",qop="auth-int"',
    ],
)
def test_a_challenge_we_cannot_answer_is_told(challenge: str):
    with pytest.raises(Malformed):
        respond(challenge, "u", "p", "REGISTER", URI, 1, "c")


def test_for_a_missing_account_the_same_work_is_done_as_for_a_wrong_password():
    asked = challenger()

    def work(value: str) -> list[str]:
        done: list[str] = []

        def note(frame: FrameType, event: str, called: object) -> None:
            done.append(f"{event} {frame.f_code.co_name} {getattr(called, '__name__', '')}")

        sys.setprofile(note)
        try:
            judge(asked, value)
        finally:
            sys.setprofile(None)
        return done

    known = work(answer(asked, password="guess"))
    assert sum(each.startswith("c_call") and "hexdigest" in each for each in known) == 3
    assert work(answer(asked, username="9999", password="guess")) == known


@pytest.mark.parametrize("filler", ["a=b,", '"', "\\", 'a="\\', " ", ",", "=", 'a="b"', "a" * 9])
def test_a_hostile_value_costs_linear_time(filler: str):
    value = "Digest " + filler * (60_000 // len(filler))
    start = time.process_time()
    assert judge(challenger(), value) == Refused("malformed")
    assert time.process_time() - start < 0.05


@settings(max_examples=150)
@given(st.text(max_size=60), st.text(max_size=12), st.binary(max_size=40))
def test_whatever_is_sent_gets_a_verdict(tail: str, head: str, noise: bytes):
    asked = challenger()
    good = answer(asked)
    at = len(noise) * 7 % len(good)
    for value in (
        head + tail,
        f"Digest {tail}",
        good[:at] + tail + good[at:],
        good[:at] + noise.decode("utf-8", "replace"),
    ):
        assert isinstance(judge(asked, value), Accepted | Stale | Refused)
