"""One tree of errors. `retry` says whether doing the same again may help."""


class AvtootvetError(Exception):
    """Something went wrong; the message says what happened and what to do."""

    retry = False


class SettingsError(AvtootvetError):
    """A setting, `.env` or `dealer.yml` is wrong; the message names the place."""


class DatabaseAway(AvtootvetError):
    """The database of DATABASE_URL does not answer, or has no tables yet."""

    retry = True


class FeedError(AvtootvetError):
    """A stock feed cannot be used as it is; nothing was imported."""


class FeedUnreachable(FeedError):
    """The feed's address did not answer in time or answered with an error."""

    retry = True


class FeedShrunk(FeedError):
    """The feed lost too many cars to be believed; `--force` imports it all the same."""


class RasaUnavailable(AvtootvetError):
    """Rasa or the action server gave no usable answer to a message."""

    retry = True


class DeliveryError(AvtootvetError):
    """A reply cannot reach the customer, now or ever."""


class Unreachable(DeliveryError):
    """The customer has blocked the bot, forbidden its messages or left; nothing can be sent to him."""


class DeliveryDelayed(DeliveryError):
    """The channel asks to wait, or did not answer; the same row is sent again later."""

    retry = True

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
