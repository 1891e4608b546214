"""Time as the emulator sees it: a test moves it instead of waiting."""

from datetime import UTC, datetime, timedelta


class Clock:
    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def second(self) -> datetime:
        """As messages carry it: without the part of a second."""
        return self.now().replace(microsecond=0)

    def forward(self, **span: float) -> None:
        """`clock.forward(hours=25)`"""
        self._ahead += timedelta(**span)
