"""What the bot says, in order per conversation: `put` in a transaction, `bot.outbox.send` delivers."""

from bot.outbox.put import Choice, find_choice, put, quoted_car, unsent, withdraw, withdraw_made_by

__all__ = ["Choice", "find_choice", "put", "quoted_car", "unsent", "withdraw", "withdraw_made_by"]
