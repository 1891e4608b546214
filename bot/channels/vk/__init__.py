"""VK through vk_api. See docs/guides/vk.md."""

from bot.channels.vk.connect import add_vk, open_vk
from bot.channels.vk.outgoing import VkChannel

__all__ = ["VkChannel", "add_vk", "open_vk"]
