"""An emulator of the Telegram Bot API for tests, benches and demonstrations.

It keeps to the rules of the real server (limits, file ids, who may write to whom) and can misbehave on
demand. Groups, channels and forum topics are not emulated.
"""

from tests.emulators.telegram.chat import Received
from tests.emulators.telegram.customer import Customer
from tests.emulators.telegram.emulator import TelegramEmulator, Violation
from tests.emulators.telegram.files import picture
from tests.emulators.telegram.mishaps import Mishap, Trouble
from tests.emulators.telegram.owner import Owner

__all__ = [
    "Customer",
    "Mishap",
    "Owner",
    "Received",
    "TelegramEmulator",
    "Trouble",
    "Violation",
    "picture",
]
