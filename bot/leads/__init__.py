"""Who asked, which next step they want, what they consented to."""
