"""Where a person takes over: tickets of the departments."""
