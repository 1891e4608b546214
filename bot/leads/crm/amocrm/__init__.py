"""Leads in amoCRM by its API v4."""

from bot.leads.crm.amocrm.account import Account
from bot.leads.crm.amocrm.keys import Integration, LongLivedKey, RotatingKeys, Tokens, TokenStore
from bot.leads.crm.amocrm.leads import AmoCrm

__all__ = ["Account", "AmoCrm", "Integration", "LongLivedKey", "RotatingKeys", "TokenStore", "Tokens"]
