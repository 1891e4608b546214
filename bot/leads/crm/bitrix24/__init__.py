"""Leads in Bitrix24 by an inbound webhook."""

from bot.leads.crm.bitrix24.leads import Bitrix24
from bot.leads.crm.bitrix24.portal import Portal

__all__ = ["Bitrix24", "Portal"]
