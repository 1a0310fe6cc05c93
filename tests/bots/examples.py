"""The shipped bot, and small ones for the tests."""

import tomllib
from pathlib import Path

from pbx.bots.bot import Bot
from pbx.bots.script import parse_bot

RECEPTION = Path("ivr_flows/bots/reception.toml")
SMALL = """
disclosure = "I am a robot."
greeting = "What is it?"
menu = "Press one for tea, two for coffee."
again = "Sorry?"
silence = "Hello?"
{more}
[escape.words]
en = ["operator", "a real person"]
[intents.tea]
key = "1"
phrases = {{ en = ["tea", "a cup of tea"] }}
slots = [{slots}]
[intents.coffee]
key = "2"
phrases = {{ en = ["coffee", "an espresso"] }}
{tables}
"""


def reception() -> Bot:
    return parse_bot("reception", tomllib.loads(RECEPTION.read_text()))


def small(*slots: str, more: str = "") -> Bot:
    """A bot for drinks; `slots` are the tables of what it asks for tea, as "name: keys" in TOML."""
    named = [slot.strip().partition(":") for slot in slots]
    tables = "\n".join(f"[slots.{name}]\n{keys}" for name, _, keys in named)
    names = ", ".join(f'"{name}"' for name, _, _ in named)
    return parse_bot("small", tomllib.loads(SMALL.format(slots=names, tables=tables, more=more)))


SIZE = """size:
type = "choice"
ask = "Which size?"
key_prompt = "Press one for small, two for large."
keys = { 1 = "small", 2 = "large" }
choices = { small = { en = ["small", "a little one"] }, large = { en = ["large", "big"] } }
"""
CUPS = """cups:
type = "number"
ask = "How many?"
key_prompt = "Enter how many."
confirm = "{cups:number} cups?"
"""
MILK = """milk:
type = "yes_no"
ask = "With milk?"
key_prompt = "Press one for milk, two for none."
"""
CARD = """card:
type = "digits"
min_digits = 4
max_digits = 6
ask = "Your card?"
key_prompt = "Enter your card."
"""
WHEN = """day:
type = "date"
ask = "Which day?"
key_prompt = "Press one for today, two for tomorrow."
keys = { 1 = "today", 2 = "tomorrow" }
"""
NOTE = """note:
type = "text"
ask = "Anything else?"
"""
