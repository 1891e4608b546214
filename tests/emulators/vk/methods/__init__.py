"""The methods of the VK API that exist here; importing their modules fills the table."""

from tests.emulators.vk.methods import groups, messages, photos, send
from tests.emulators.vk.methods.call import METHODS, Call

__all__ = ["METHODS", "Call", "groups", "messages", "photos", "send"]
