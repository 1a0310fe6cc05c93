"""Templates: what may be written, what is said of mistakes, and what becomes of words between slots."""

import pytest

from pbx.ivr.speech.quantities import CountForms, Number
from pbx.ivr.speech.template import (
    Slot,
    check_template,
    clip_name,
    fragments,
    parse_template,
    render,
    variables,
)


def say(written: str, language: str = "en", **values: str) -> tuple[str, ...]:
    return render(parse_template(written), lambda name: values[name], language)


def test_a_text_without_slots_is_one_clip():
    assert say("Welcome to the  clinic.\n Please hold!") == ("Welcome to the clinic. Please hold!",)
    assert fragments(parse_template("Hello."), "en") == {"Hello."}


def test_words_between_slots_are_one_clip_each_without_the_marks_that_end_a_value():
    assert say("You have {n:count message}, {name}. Thank you!", n="2", name="7") == (
        "You have",
        "two",
        "messages",
        "seven",
        "Thank you!",
    )


def test_a_value_that_its_slot_cannot_say_is_spelled_and_an_empty_one_left_out():
    assert say("Code {x:number} ends.", x="12a") == ("Code", "one", "two", "ends.")
    assert say("Code {x:number} ends.", x="") == ("Code", "ends.")
    assert say("{x:date}", x="tomorrow") == ()
    assert len(say("{x:number}", x="1" * 1000)) == 32


def test_variables_are_named_once_each_in_their_order():
    assert variables(parse_template("{b} {a:number} and {b:amount EUR}")) == ("b", "a")
    assert variables(parse_template("Hello")) == ()


def test_gender_and_case_may_come_in_any_order():
    assert parse_template("{n:number feminine dative}").parts == (Slot("n", Number("feminine", "dative")),)
    assert parse_template("{n: number  dative feminine }").parts == (Slot("n", Number("feminine", "dative")),)


def test_forms_of_a_noun_may_have_several_words_and_end_before_a_gender_or_a_case():
    (slot,) = parse_template("{n:count nowa sprawa|nowe sprawy | nowych spraw accusative feminine}").parts
    forms = ("nowa sprawa", "nowe sprawy", "nowych spraw")
    assert slot == Slot("n", CountForms(forms, "feminine", "accusative"))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "expected something to say, not ''"),
        (" ... ", "expected something to say"),
        ("Hello {name", "expected slots like {name} and no other braces, not 'Hello {name'"),
        ("Hello name}", "no other braces"),
        ("{}", "expected a variable of small letters, digits and _ in {}, as in {name:number}"),
        ("{Name}", "expected a variable of small letters"),
        ("{first name}", "expected a variable of small letters"),
        ("{" + "x" * 33 + "}", "expected a variable of small letters"),
        ("{x:}", "in {x:}: expected a kind of slot: number, ordinal, count"),
        ("{x:amout EUR}", "not 'amout'; did you mean amount?"),
        ("{x:number famine}", "expected a gender or a case: masculine, .*; did you mean feminine?"),
        ("{x:number feminine neuter}", "one gender and one case at most, not 'feminine neuter'"),
        ("{x:ordinal dative genitive}", "one gender and one case at most"),
        (
            "{x:count}",
            "expected a noun after count: second, minute, .* or its forms as in {n:count call|calls}",
        ),
        ("{x:count minutes}", "not 'minutes'; did you mean minute?"),
        ("{x:count minute feminine}", "expected a case after 'minute': nominative, .*, not 'feminine'"),
        ("{x:count minute dative genitive}", "expected one case at most after 'minute'"),
        ("{x:count call|}", r"expected a word between every two \|, as in call\|calls, not 'call\|'"),
        ("{x:count |calls}", r"a word between every two \|"),
        ("{x:count call|calls feminine neuter}", "one gender and one case at most"),
        ("{x:amount}", "expected a currency after amount: EUR, CZK, .*, as in {balance:amount EUR}"),
        ("{x:amount DKK}", "expected a currency: EUR, .*, not 'DKK'"),
        ("{x:amount EUR feminine}", "expected a case after 'EUR'"),
        ("{x:time on}", "expected after time, if anything: at, from, until, not 'on'"),
        ("{x:time at from}", "expected one of at, from, until after time"),
        ("{x:date at}", "expected after date, if anything: on, from, until, weekday, not 'at'"),
        ("{x:date weekday weekday}", "expected weekday once after date"),
        ("{x:date on from}", "expected one of on, from, until after date, not 'on from'"),
        ("{x:weekday weekday}", "expected after weekday, if anything: on, from, until"),
        ("{x:wait minutes}", "expected nothing after wait, not 'minutes'"),
        ("{x:position first}", "expected nothing after position"),
        ("We \x1b[31mare closed.", "expected letters and signs that can be seen"),
    ],
)
def test_a_mistake_is_told_with_what_was_expected(written: str, message: str):
    with pytest.raises(ValueError, match=message.replace("{", r"\{").replace("}", r"\}").replace("?", r"\?")):
        parse_template(written)


@pytest.mark.parametrize(
    ("written", "language", "objection"),
    [
        ("{n:number}", "en", None),
        ("{n:number neuter}", "lv", "Latvian numbers have no neuter gender: it has masculine, feminine"),
        ("{n:ordinal feminine}", "en", "English numbers have no feminine gender: leave it out"),
        ("{n:count minute dative}", "en", "English has no dative case: leave it out"),
        (
            "{n:amount EUR prepositional}",
            "ru",
            "Russian has no prepositional case: it has nominative, genitive",
        ),
        ("{n:number instrumental}", "lv", "Latvian has no instrumental case"),
        ("{n:number personal}", "cs", "Czech numbers have no personal gender"),
        ("{n:count a|b}", "en", None),
        ("{n:count a|b|c}", "en", "English needs 2 forms of a noun, as after 1, 2, not 3: a|b|c"),
        ("{n:count a|b}", "lv", "Latvian needs 3 forms of a noun, as after 1, 2, 10, not 2: a|b"),
        ("{n:count a|b|c neuter}", "lv", "Latvian numbers have no neuter gender"),
        ("{n:count a|b|c neuter}", "pl", None),
        ("Hallo", "de", None),
        ("{n}", "de", "values are said in en, lv, cs, pl, ru, but not in 'de': leave the slots out"),
    ],
)
def test_what_a_language_lacks_is_told(written: str, language: str, objection: str | None):
    told = check_template(parse_template(written), language)
    assert told == objection if objection is None else told is not None and told.startswith(objection)


def test_a_language_we_do_not_speak_says_its_words_and_no_values():
    template = parse_template("Guthaben: {x:amount EUR}.")
    assert render(template, lambda _: "1", "de") == ("Guthaben:",)
    assert fragments(template, "de") == {"Guthaben:"}


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Your balance is", "your-balance-is"),
        ("trīsdesmit ceļš", "trisdesmit-cels"),
        ("Žluťoučký kůň", "zlutoucky-kun"),
        ("pięćdziesiąt złotych", "piecdziesiat-zlotych"),
        ("Ваш звонок — объём", "vash-zvonok-obem"),
        ("...", "clip"),
        ("x" * 60, "x" * 40),
        ("y" * 39 + " z", "y" * 39),
    ],
)
def test_a_clip_is_named_by_what_it_says(text: str, slug: str):
    name, digest = clip_name(text).rsplit("-", 1)
    assert name == slug
    assert len(digest) == 8


def test_clips_of_different_texts_have_different_names():
    assert clip_name("two") == "two-3fc4ccfe"
    assert clip_name("Two") != clip_name("two") != clip_name("two.")
