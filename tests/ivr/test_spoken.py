import pytest

from pbx.ivr.spoken import SPELLING, languages, position, prompt_names, spelled, texts


@pytest.mark.parametrize(
    ("place", "english", "latvian"),
    [
        (1, "You are next in the queue.", "Jūsu kārta ir nākamā."),
        (2, "You are second in the queue.", "Jūsu vieta rindā ir otrā."),
        (3, "You are third in the queue.", "Jūsu vieta rindā ir trešā."),
        (12, "You are twelfth in the queue.", "Jūsu vieta rindā ir divpadsmitā."),
        (20, "You are twentieth in the queue.", "Jūsu vieta rindā ir divdesmitā."),
        (
            21,
            "There are at least twenty callers before you.",
            "Pirms jums rindā ir vismaz divdesmit zvanītāju.",
        ),
        (
            999,
            "There are at least twenty callers before you.",
            "Pirms jums rindā ir vismaz divdesmit zvanītāju.",
        ),
    ],
)
def test_a_place_in_the_queue_is_said_in_a_whole_sentence(place: int, english: str, latvian: str):
    [prompt] = position(place)
    assert (texts("en")[prompt], texts("lv")[prompt]) == (english, latvian)


def test_every_place_has_a_sentence_of_its_own_up_to_twenty():
    for language in languages():
        sentences = [texts(language)[position(place)[0]] for place in range(1, 22)]
        assert len(set(sentences)) == 21


def test_a_number_is_read_back_digit_by_digit():
    assert spelled("10+*#") == ("digit-1", "digit-0", "key-plus", "key-star", "key-hash")
    assert [texts("lv")[prompt] for prompt in spelled("37")] == ["trīs", "septiņi"]
    assert [texts("en")[prompt] for prompt in spelled("09")] == ["zero", "nine"]


def test_what_cannot_be_read_back_is_left_out_and_there_is_an_end_to_reading():
    assert spelled("sip:1 a²") == ("digit-1",)
    assert len(spelled("1" * 1000)) == 32


def test_every_language_says_everything():
    for language in languages():
        assert set(texts(language)) == prompt_names()
        assert all(texts(language).values())
    assert prompt_names() >= SPELLING
