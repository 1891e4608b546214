"""An emulator of the Telegram Bot API for tests, benches and demonstrations.

It keeps to the rules of the real server (limits, file ids, who may write to whom) and can misbehave on
demand. Private and business chats and groups with topics are emulated; channels are not.
"""

from tests.emulators.telegram.chat import Received
from tests.emulators.telegram.customer import Customer
from tests.emulators.telegram.emulator import TelegramEmulator, Violation
from tests.emulators.telegram.files import picture
from tests.emulators.telegram.forum import Topic
from tests.emulators.telegram.group import Group
from tests.emulators.telegram.mishaps import Mishap, Trouble
from tests.emulators.telegram.owner import Owner
from tests.emulators.telegram.staff import Staff

__all__ = [
    "Customer",
    "Group",
    "Mishap",
    "Owner",
    "Received",
    "Staff",
    "TelegramEmulator",
    "Topic",
    "Trouble",
    "Violation",
    "picture",
]
