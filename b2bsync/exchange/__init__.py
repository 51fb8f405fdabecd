"""Order to cash: receive, translate, judge, push, answer, deliver, reconcile."""

from b2bsync.exchange.deliver import Deliver
from b2bsync.exchange.despatch import Despatch
from b2bsync.exchange.judge import Judge
from b2bsync.exchange.push import Push
from b2bsync.exchange.receive import Received, receive
from b2bsync.exchange.reconcile import Reconcile, mark_overdue
from b2bsync.exchange.setting import Setting
from b2bsync.exchange.translate import Translate

STAGES = (Translate, Judge, Push, Deliver, Reconcile)
"""Every stage of the exchange; the engine knows none of them until they are registered."""

__all__ = [
    "STAGES",
    "Deliver",
    "Despatch",
    "Judge",
    "Push",
    "Received",
    "Reconcile",
    "Setting",
    "Translate",
    "mark_overdue",
    "receive",
]
