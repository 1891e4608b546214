"""The methods of the VK API that exist here; importing their modules fills the table."""

from tests.emulators.vk.methods import docs, edit, groups, messages, photos, send
from tests.emulators.vk.methods.call import METHODS, Call

__all__ = ["METHODS", "Call", "docs", "edit", "groups", "messages", "photos", "send"]
