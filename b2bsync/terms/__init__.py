"""Contract terms: the effective price and the contract gate. Pure: values in, values out.

``judge`` decides an order line by line, ``respond`` makes the answer of it, ``amend`` takes in what the ERP made of it;
``effective_price`` tells the price of a product and every step that led to it; ``unit_factor`` how many base units of
a product a unit has.
"""

from b2bsync.model import AnswerLine, ErpAnswer
from b2bsync.terms.answer import amend, confirms
from b2bsync.terms.gate import judge
from b2bsync.terms.judgement import GRAVITY, PUSHED, TAKEN, Judgement, LineJudgement, LineRuling, Problem, Ruling
from b2bsync.terms.policy import Policy
from b2bsync.terms.price import EffectivePrice, effective_price
from b2bsync.terms.response import respond
from b2bsync.terms.situation import Lookups, Situation, lookups
from b2bsync.terms.steps import Step
from b2bsync.terms.units import factor as unit_factor

__all__ = [
    "GRAVITY",
    "PUSHED",
    "TAKEN",
    "AnswerLine",
    "EffectivePrice",
    "ErpAnswer",
    "Judgement",
    "LineJudgement",
    "LineRuling",
    "Lookups",
    "Policy",
    "Problem",
    "Ruling",
    "Situation",
    "Step",
    "amend",
    "confirms",
    "effective_price",
    "judge",
    "lookups",
    "respond",
    "unit_factor",
]
