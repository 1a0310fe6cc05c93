import itertools
import os
from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest

from pbx.acd.model import Agent, Queue
from pbx.config.directory import Directory
from pbx.config.listen import is_loopback, parse_listener, parse_port_range
from pbx.config.load import with_overrides
from pbx.config.models import ConfigErrors, Listener
from pbx.dialplan.pattern import Match
from pbx.dialplan.rules import Rule, When
from pbx.steps import AgentCode, Dial, Echo, Hangup, JoinQueue, PlayMusic, RunFlow, Wait
from tests.config.stage import FLOW, GOOD, Stage, swapped


def test_a_configuration_says_what_the_file_says(stage: Stage) -> None:
    configuration = stage.load()
    assert configuration.languages == ("en",)
    assert configuration.hold_music == "music/waiting"
    assert configuration.listeners == (Listener("udp", "127.0.0.1", 5060), Listener("tcp", "127.0.0.1", 5060))
    assert configuration.rtp_ports == (10000, 19999)
    assert configuration.media_workers == max(1, (os.cpu_count() or 1) // 2)
    assert (configuration.name, configuration.realm, configuration.media_host) == (
        "Centrala",
        "centrala",
        None,
    )
    anna = configuration.accounts["1002"]
    assert (anna.password, anna.display, anna.example) == ("example-1002", "Anna", True)
    assert configuration.accounts["1001"].display == "1001"
    assert configuration.trunks["operator"].networks == (
        ip_network("192.0.2.0/28"),
        ip_network("2001:db8::1"),
    )
    assert configuration.queues["support"].desk == Queue("support")
    assert (
        configuration.queues["support"].music == configuration.queues["support"].hold_music == "music/waiting"
    )
    assert configuration.agents["anna"].desk == Agent("anna", frozenset({"support"}))
    assert configuration.agents["anna"].phone == "1002"
    assert configuration.rules == (
        Rule("100", Match("number", "100"), RunFlow("main"), "dialplan.toml:17", public=True),
        Rule("300", Match("number", "300"), JoinQueue("support"), "dialplan.toml:21", when=When("office")),
        Rule("300", Match("number", "300"), Echo(), "dialplan.toml:25"),
        Rule("10XX", Match("pattern", "10XX"), Dial(("{dialled}",)), "dialplan.toml:28"),
    )
    assert set(configuration.flows) == {"main"}
    assert configuration.audio["en/welcome"].name == "welcome.wav"
    assert configuration.folder == stage.folder
    assert configuration.warnings == ()


def test_everything_can_be_set(stage: Stage) -> None:
    text = (
        GOOD.replace(
            'music = "waiting"\n[agents',
            """music = "waiting"
hold_music = "quiet"
strategy = "fewest_calls"
ring_time = 20
wrap_up = 0
maximum_wait = 600
maximum_length = 9
join_when_empty = false
priority_credit = 0
target = 30.5
weight = 2
welcome = "welcome"
message = "welcome"
announce_position = false
announce_every = 15
overflow = { do = "dial", to = ["1001", "sip:a@b"], otherwise = { do = "hangup", status = 486 } }
[agents""",
        )
        + """name = "phones"
account = "1001"
trunk = "any"
caller = "29."
when = "not office"
[[routes]]
prefix = "0"
then = { do = "queue", queue = "support", priority = -2 }
[media]
rtp_ports = "20000-20999"
workers = 3
host = "203.0.113.9"
"""
    )
    configuration = stage.load('name = "X"\nrealm = "y"\n' + text)
    plan = configuration.queues["support"]
    assert plan.desk == Queue(
        "support",
        "fewest_calls",
        ring_time=20,
        wrap_up=0,
        maximum_wait=600,
        maximum_length=9,
        refuse_when_empty="signed_out",
        priority_credit=0,
        target=30.5,
        weight=2,
    )
    assert (plan.welcome, plan.message, plan.announce_position, plan.announce_every) == (
        "welcome",
        "welcome",
        False,
        15,
    )
    assert (plan.music, plan.hold_music) == ("music/waiting", "music/quiet")
    assert plan.overflow == Dial(("1001", "sip:a@b"), otherwise=Hangup(486))
    rule = configuration.rules[3]
    assert (rule.name, rule.account, rule.trunk) == ("phones", "1001", "any")
    assert (rule.caller, rule.when) == (Match("pattern", "29."), When("office", open=False))
    assert configuration.rules[4].step == JoinQueue("support", -2)
    assert (configuration.name, configuration.realm) == ("X", "y")
    assert configuration.rtp_ports == (20000, 20999)
    assert (configuration.media_workers, configuration.media_host) == (3, "203.0.113.9")


@pytest.mark.parametrize(
    ("written", "step"),
    [
        ('{ do = "echo" }', Echo()),
        ('{ do = "music", music = "waiting" }', PlayMusic("music/waiting")),
        ('{ do = "wait" }', Wait()),
        ('{ do = "wait", seconds = 5 }', Wait(5)),
        ('{ do = "agent", action = "pause" }', AgentCode("pause")),
        ('{ do = "hangup" }', Hangup(480)),
        ('{ do = "dial", to = "1001", ring_for = 5 }', Dial(("1001",), 5)),
    ],
)
def test_every_step_can_be_written(stage: Stage, written: str, step: object) -> None:
    configuration = stage.load(GOOD + f'[[routes]]\nnumber = "1"\nthen = {written}\n')
    assert configuration.rules[-1].step == step


def test_a_calendar_opens_when_it_says(stage: Stage) -> None:
    text = """zone = "Europe/Riga"
holidays = [2026-06-23]
days = { 2026-06-25 = ["06:00-07:00", "22:00-02:00"], 2026-06-26 = [] }
hours = { mon-fri = "08:00-18:00" }"""
    office = stage.load(swapped('zone = "Europe/Riga"\nhours = { mon-fri = "08:00-18:00" }', text)).calendars[
        "office"
    ]
    minutes = [datetime(2026, 6, 22, tzinfo=office.zone) + timedelta(minutes=one) for one in range(6 * 1440)]
    turns = [
        f"{at:%d %H:%M}"
        for before, at in itertools.pairwise(minutes)
        if office.open_at(before) != office.open_at(at)
    ]
    assert turns == [
        "22 08:00", "22 18:00", "24 08:00", "24 18:00",
        "25 06:00", "25 07:00", "25 22:00", "26 02:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("", "public = true"),
        ('account = "1001"', ""),
        ("", 'account = "any"\ntrunk = "any"'),
        ('caller = "2."', ""),
        ('caller = "2."', 'caller = "3."'),
        ('when = "office"', 'when = "not office"'),
        ('public = true\nwhen = "office"', "public = true"),
    ],
)
def test_a_number_may_have_several_routes_for_different_calls(stage: Stage, first: str, second: str) -> None:
    routes = "".join(
        f'[[routes]]\nnumber = "7"\n{one}\nthen = {{ do = "echo" }}\n' for one in (first, second)
    )
    configuration = stage.load(GOOD + routes)
    assert len(configuration.rules) == 6
    assert "shadowed-route" not in {warning.code for warning in configuration.warnings}


def test_the_version_changes_with_any_text_and_only_then(stage: Stage) -> None:
    first = stage.load().version
    assert stage.load().version == first
    assert len(first) == 12
    assert stage.load(GOOD + "# a word more\n").version != first
    stage.flow("main", FLOW + "# a word more\n")
    assert stage.load().version != first
    stage.flow("main", FLOW)
    stage.flow("other", FLOW)
    second = stage.load().version
    (stage.folder / "ivr_flows/other.toml").rename(stage.folder / "ivr_flows/another.toml")
    assert len({first, second, stage.load().version}) == 3


def test_secrets_may_stand_elsewhere(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CENTRALA_TEST_SECRET", "from the environment")
    (stage.folder / "secret").write_text("from the file\n")
    (stage.folder / "secret").chmod(0o600)
    text = swapped('"example-1001"', '{ env = "CENTRALA_TEST_SECRET" }').replace(
        '"example-1002"', '{ file = "secret" }'
    )
    configuration = stage.load(text)
    assert configuration.accounts["1001"].password == "from the environment"
    assert configuration.accounts["1002"].password == "from the file"
    assert configuration.warnings == ()
    assert "from the" not in repr(configuration.accounts)


@pytest.mark.parametrize(("mode", "warned"), [(0o644, True), (0o640, False), (0o600, False)])
def test_a_password_that_everybody_here_can_read_is_warned_of(stage: Stage, mode: int, warned: bool) -> None:
    text = swapped("example-1001", "correct-horse-battery")
    stage.write(text)
    stage.file.chmod(mode)
    messages = [(warning.line, warning.column, warning.message) for warning in stage.load(text).warnings]
    assert bool(messages) == warned
    if warned:
        assert messages[0][:2] == (5, 21)
        assert messages[0][2].endswith(f"chmod o-rwx {stage.file}")


def test_a_readable_file_of_a_password_is_warned_of(stage: Stage) -> None:
    (stage.folder / "secret").write_text("correct-horse-battery")
    (stage.folder / "secret").chmod(0o604)
    [warning] = stage.load(swapped('"example-1001"', '{ file = "secret" }')).warnings
    assert warning.message.endswith(f"chmod o-rwx {stage.folder / 'secret'}")


def test_a_file_with_two_passwords_is_warned_of_once(stage: Stage) -> None:
    text = swapped("example-1001", "correct-horse-battery").replace("example-1002", "battery-correct-horse")
    stage.write(text)
    stage.file.chmod(0o644)
    assert [warning.code for warning in stage.load(text).warnings] == ["readable-secret"]


@pytest.mark.parametrize("password", ["short", "1001-and-more-of-it"])
def test_a_password_that_is_easy_to_guess_is_warned_of(stage: Stage, password: str) -> None:
    text = swapped("example-1001", password)
    stage.write(text)
    stage.file.chmod(0o600)
    [warning] = stage.load(text).warnings
    assert "easy to guess" in warning.message


def test_a_flow_that_is_probably_not_meant_is_warned_of(stage: Stage) -> None:
    stage.flow("main", FLOW + '[nodes.lost]\ndo = "hangup"\n')
    [warning] = stage.load().warnings
    assert warning.file.endswith("main.toml")
    assert (warning.line, warning.column) == (5, 1)


def test_the_command_line_overrides_listeners_and_ports(stage: Stage) -> None:
    configuration = stage.load()
    assert with_overrides(configuration) == configuration
    listener = Listener("udp", "127.0.0.1", 5070)
    changed = with_overrides(configuration, [listener], (30000, 30999))
    assert (changed.listeners, changed.rtp_ports) == ((listener,), (30000, 30999))


def test_no_override_opens_an_exchange_with_example_passwords_to_the_network(stage: Stage) -> None:
    configuration = stage.load()
    with pytest.raises(ConfigErrors, match="accounts have example passwords: 1001, 1002; give them"):
        with_overrides(configuration, [Listener("udp", "192.0.2.1", 5060)])
    safe = stage.load(GOOD.replace("example-", "correct-horse-battery-"))
    assert with_overrides(safe, [Listener("udp", "192.0.2.1", 5060)]).listeners[0].host == "192.0.2.1"


@pytest.mark.parametrize(
    ("text", "listener"),
    [
        ("udp:127.0.0.1:5060", Listener("udp", "127.0.0.1", 5060)),
        ("tcp:sip.example.com:5061", Listener("tcp", "sip.example.com", 5061)),
        ("udp:[::1]:5060", Listener("udp", "::1", 5060)),
    ],
)
def test_a_listener_reads_back_as_written(text: str, listener: Listener) -> None:
    assert parse_listener(text) == listener
    assert str(listener) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "udp",
        "udp:1",
        "5060",
        "udp::5060",
        "tls:a:1",
        "udp:a:0",
        "udp:a:65536",
        "udp:a:٥",
        "udp:::1:5060",
        "UDP:a:1",
    ],
)
def test_what_is_no_listener_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected udp:HOST:PORT|port [0-9]+ does not exist"):
        parse_listener(text)


def test_port_ranges_are_checked() -> None:
    assert parse_port_range("10000-10003") == (10000, 10003)
    for text in ("", "10000", "10000-", "80-90", "60000-70000", "10000-10002", "2-1", "1 - 2", "١٠٠٠٠-٢٠٠٠٠"):
        with pytest.raises(ValueError, match=r"expected FIRST-LAST|out of range|too few"):
            parse_port_range(text)


def test_loopback_is_what_only_this_machine_can_reach() -> None:
    hosts = [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "localhost",
        "0.0.0.0",
        "::",
        "192.0.2.1",
        "sip.example.com",
        "127.0.0.1.example.com",
    ]
    assert [host for host in hosts if is_loopback(host)] == hosts[:4]


def test_the_directory_answers_for_the_user_agent(stage: Stage) -> None:
    directory = Directory(stage.load())
    assert directory.password("1001") == "example-1001"
    assert directory.password("1009") is None
    hosts = ["192.0.2.15", "192.0.2.16", "2001:db8::1", "not-an-address"]
    assert [directory.trunk(host) for host in hosts] == ["operator", None, "operator", None]
    assert (directory.is_public("100"), directory.is_public("1001")) == (True, False)
