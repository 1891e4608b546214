"""An emulator of the VK API 5.199 for tests, the soak bench and demo scripts.

    async with VkEmulator(token="t", group_id=7) as vk:
        anna = vk.customer("Анна Петрова")
        anna.says("Здравствуйте", ref="car-17")      # message_new, by long poll and callback
        vk.misbehave("cut", method="messages.send")  # delivered once, unanswered
        reply = await anna.next_message()
        assert vk.violations == []                   # mistakes of the caller

The product is told `vk.url` instead of https://api.vk.ru; long poll and upload addresses come with the
answers. Where VK's documents differ, the emulator believes the worse (random_id is remembered for an hour, a
confirmation comes without the secret).
"""

from tests.emulators.vk.attachments import market_item
from tests.emulators.vk.callback import CallbackServer, NotConfirmed
from tests.emulators.vk.customer import Customer, Manager
from tests.emulators.vk.emulator import VkEmulator

__all__ = ["CallbackServer", "Customer", "Manager", "NotConfirmed", "VkEmulator", "market_item"]
