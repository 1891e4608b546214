"""An emulator of the VK API 5.199 for tests, the soak bench and demo scripts."""

from tests.emulators.vk.attachments import market_item
from tests.emulators.vk.callback import CallbackServer, NotConfirmed
from tests.emulators.vk.customer import Customer, Manager
from tests.emulators.vk.emulator import VkEmulator

__all__ = ["CallbackServer", "Customer", "Manager", "NotConfirmed", "VkEmulator", "market_item"]
