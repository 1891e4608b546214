"""What the Bot API answers to a call that it does not carry out."""


class Refused(Exception):
    """A refusal with the server's own description.

    `fault` tells whether the caller could have known better. A customer who has blocked the bot or a
    picture that cannot be fetched is nobody's fault, so it is no violation.
    """

    status = 400
    prefix = "Bad Request"
    fault = True

    def __init__(self, description: str = "", **parameters: int) -> None:
        super().__init__(f"{self.prefix}: {description}" if description else self.prefix)
        self.parameters = parameters  # retry_after, migrate_to_chat_id


class BadRequest(Refused):
    """The call breaks a rule of the API."""


class Unlucky(Refused):
    """The call was right, but the world is not as the caller thought."""

    fault = False


class Unauthorized(Refused):
    status = 401
    prefix = "Unauthorized"


class Blocked(Refused):
    status = 403
    prefix = "Forbidden"
    fault = False

    def __init__(self) -> None:
        super().__init__("bot was blocked by the user")


class ShutOut(Refused):
    """The bot was taken out of a group."""

    status = 403
    prefix = "Forbidden"
    fault = False


class UnknownMethod(Refused):
    status = 404
    prefix = "Not Found"


class Conflict(Refused):
    status = 409
    prefix = "Conflict"


class TooLarge(Refused):
    status = 413
    prefix = "Request Entity Too Large"


class TooManyRequests(Refused):
    status = 429
    prefix = "Too Many Requests"
    fault = False

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after}", retry_after=retry_after)
        self.retry_after = retry_after


class ServerTrouble(Refused):
    prefix = "Internal Server Error"
    fault = False

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status
