"""What the dealership looks at: contacts that nobody has taken up, and the funnel."""
