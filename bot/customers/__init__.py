"""The person behind the accounts: one customer may write in several channels."""
