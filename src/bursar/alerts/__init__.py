"""Thresholds, what is done when they are reached, and who is told."""

from bursar.alerts.build import DELIVERY, Parts, make_courier, make_desk, make_jobs, make_watch
from bursar.alerts.desk import Desk, Grant
from bursar.alerts.watch import Accounts

__all__ = [
    "DELIVERY",
    "Accounts",
    "Desk",
    "Grant",
    "Parts",
    "make_courier",
    "make_desk",
    "make_jobs",
    "make_watch",
]
