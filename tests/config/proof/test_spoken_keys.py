import pytest

from pbx.config.proof.spoken_keys import keys_in, keys_named_in


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("For sales press 1, for support press the number two, or press star.", "12*"),
        ("Press 1, 2 or the key 3. Then speak; four people listen.", "123"),
        ("Press any key.", ""),
        ("Press one, everybody, two.", "1"),
        ("Lai pieteiktos, spiediet viens. Cenas: nospiediet taustiņu divi vai trīs.", "123"),
        ("Ievadiet numuru un spiediet restīti.", "#"),
        ("Pro prodej stiskněte jedničku, pro podporu zvolte dvojku nebo klávesu 3.", "123"),
        ("Aby połączyć się z recepcją, naciśnij jeden lub dwa. Proszę nacisnąć klawisz 9.", "129"),
        ("Нажмите один, нажмите цифру 2, наберите решётку.", "12#"),
        ("For English, press one. Latviešu valodai spiediet divi.", "12"),
        ("We are open from one to five.", ""),
    ],
)
def test_the_keys_a_text_asks_for(text: str, keys: str) -> None:
    assert keys_in(text) == set(keys)


def test_a_key_may_be_named_without_being_asked_for() -> None:
    assert keys_named_in("Two for support, 3 for sales, hvězdička to end.") == {"2", "3", "*"}
