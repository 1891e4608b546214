"""One burst of messages, one answer: `bot.turn.handle` is the whole path."""
