"""The languages we speak."""

from collections.abc import Mapping

from pbx.ivr.speech.cs import CZECH
from pbx.ivr.speech.en import ENGLISH
from pbx.ivr.speech.grammar import Language
from pbx.ivr.speech.lv import LATVIAN
from pbx.ivr.speech.pl import POLISH
from pbx.ivr.speech.ru import RUSSIAN

LANGUAGES: Mapping[str, Language] = {
    language.code: language for language in (ENGLISH, LATVIAN, CZECH, POLISH, RUSSIAN)
}
