"""The desk in Telegram: a group with topics for each department, a topic for each customer."""
