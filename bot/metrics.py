"""What the gateway counts for Prometheus. Its parts say what happened, only this module how it is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

TurnOutcome = Literal["answered", "silent", "retried", "handed_over"]
LeadOutcome = Literal["done", "delayed", "failed"]
DeliveryOutcome = Literal["sent", "delayed", "failed", "unclear"]

# Seconds: from an answer within the burst window to one that waited for Rasa's restart.
LATENCIES = (0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60, 300)


@dataclass(frozen=True)
class Backlog:
    """What waits in the database now, for all gateways together; ages in seconds."""

    inbox_waiting: int
    inbox_oldest: float
    outbox_queued: int
    outbox_oldest: float
    open_tickets: int
    failed_lately: Mapping[str, int]  # channel → deliveries given up in the last 24 hours
    leads_waiting: Mapping[str, int]  # system → leads that it has yet to be told of
    leads_oldest: Mapping[str, float]


class Metrics:
    """The counts of one gateway, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._received = self._counter("messages_received", "Updates stored", "channel", "kind")
        self._turns = self._counter("turns", "Turns by what came of them", "channel", "outcome")
        self._deliveries = self._counter("deliveries", "Tries to deliver a reply", "channel", "outcome")
        self._leads = self._counter(
            "lead_deliveries", "Tries to tell a system of a lead", "system", "outcome"
        )
        self._turn_seconds = self._histogram("turn_seconds", "From the first update to the queued reply")
        self._delivery_seconds = self._histogram("delivery_seconds", "From the queued reply to its delivery")
        self._handover_seconds = self._histogram("handover_seconds", "From a hand-over to its desk's notice")
        self._database_up = self._gauge("database_up", "Whether the gauges of the queues could be read")
        self._inbox_waiting = self._gauge("inbox_waiting", "Updates without an answer yet")
        self._inbox_oldest = self._gauge("inbox_oldest_seconds", "Age of the oldest of them")
        self._outbox_queued = self._gauge("outbox_queued", "Replies that are not delivered yet")
        self._outbox_oldest = self._gauge("outbox_oldest_seconds", "Age of the oldest of them")
        self._open_tickets = self._gauge("tickets_open", "Requests that no person has taken")
        self._failed_lately = self._gauge("outbox_failed_24h", "Replies given up in 24 hours", "channel")
        self._leads_waiting = self._gauge("leads_waiting", "Leads that a system has yet to be told", "system")
        self._leads_oldest = self._gauge("leads_oldest_seconds", "Since when the oldest waits", "system")

    def received(self, channel: str, kind: str) -> None:
        self._received.labels(channel, kind).inc()

    def turn_ended(self, channel: str, outcome: TurnOutcome) -> None:
        self._turns.labels(channel, outcome).inc()

    def answered(self, channel: str, seconds: float) -> None:
        """A reply is queued `seconds` after the first update of its turn was stored."""
        self.turn_ended(channel, "answered")
        self._turn_seconds.labels(channel).observe(seconds)

    def delivery_ended(self, channel: str, outcome: DeliveryOutcome) -> None:
        self._deliveries.labels(channel, outcome).inc()

    def lead_told(self, system: str, outcome: LeadOutcome) -> None:
        self._leads.labels(system, outcome).inc()

    def delivered(self, channel: str, seconds: float) -> None:
        """A reply is with the customer `seconds` after it was queued."""
        self.delivery_ended(channel, "sent")
        self._delivery_seconds.labels(channel).observe(seconds)

    def handed_over(self, desk: str, seconds: float) -> None:
        """The people of a department see it `seconds` after the ticket was opened."""
        self._handover_seconds.labels(desk).observe(seconds)

    def expose(self, backlog: Backlog | None) -> bytes:
        """The text that Prometheus reads; without `backlog` when the database did not answer."""
        self._database_up.set(backlog is not None)
        for gauge, value in self._queue_gauges(backlog):
            gauge.set(value)
        _set_all(self._failed_lately, backlog.failed_lately if backlog else {})
        _set_all(self._leads_waiting, backlog.leads_waiting if backlog else {})
        _set_all(self._leads_oldest, backlog.leads_oldest if backlog else {})
        return generate_latest(self._registry)

    def _queue_gauges(self, backlog: Backlog | None) -> Iterable[tuple[Gauge, float]]:
        nan = float("nan")  # an old number would hide that nothing is known
        yield self._inbox_waiting, backlog.inbox_waiting if backlog else nan
        yield self._inbox_oldest, backlog.inbox_oldest if backlog else nan
        yield self._outbox_queued, backlog.outbox_queued if backlog else nan
        yield self._outbox_oldest, backlog.outbox_oldest if backlog else nan
        yield self._open_tickets, backlog.open_tickets if backlog else nan

    def _counter(self, name: str, help_: str, *labels: str) -> Counter:
        return Counter(f"avtootvet_{name}", help_, labels, registry=self._registry)

    def _gauge(self, name: str, help_: str, *labels: str) -> Gauge:
        return Gauge(f"avtootvet_{name}", help_, labels, registry=self._registry)

    def _histogram(self, name: str, help_: str) -> Histogram:
        return Histogram(f"avtootvet_{name}", help_, ("channel",), registry=self._registry, buckets=LATENCIES)


def _set_all(gauge: Gauge, values: Mapping[str, float]) -> None:
    """Whoever is not named any more is not told for ever with his last number."""
    gauge.clear()
    for label, value in values.items():
        gauge.labels(label).set(value)
