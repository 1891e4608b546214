"""What a failed call means for a message. Codes: VKCOM/vk-api-schema, errors.json."""

import logging

from bot.channels.vk.api import TOKEN_REFUSED, VkError, VkRefused
from bot.errors import DeliveryDelayed, DeliveryError, Unreachable

# Seconds. Flood control, the quota of a day, a captcha, a refused key: none of them passes in a moment.
_PAUSES = {9: 300.0, 29: 1800.0, 14: 1800.0} | dict.fromkeys(TOKEN_REFUSED, 300.0)

# No permission for him, deleted, in the blacklist, not allowed by him, forbidden by his privacy.
_UNREACHABLE = frozenset({7, 18, 900, 901, 902})

_IN_WORDS = {
    909: "ВКонтакте не даёт исправлять сообщения старше суток",
    920: "ВКонтакте не даёт исправить такое сообщение",
    950: "клиент не писал больше суток: ВКонтакте не даёт написать первым",
}

log = logging.getLogger(__name__)


def delivery_error(error: VkError) -> DeliveryError:
    if not isinstance(error, VkRefused):
        return DeliveryDelayed(str(error))
    if error.code in _PAUSES:
        log.error("vk refuses to send for now", extra={"code": error.code})
        return DeliveryDelayed(str(error), retry_after=_PAUSES[error.code])
    if error.retry:
        return DeliveryDelayed(str(error))
    if error.code in _UNREACHABLE:
        return Unreachable(f"клиент не принимает сообщения ({error})")
    return DeliveryError(_IN_WORDS.get(error.code, str(error)))
