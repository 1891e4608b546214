"""What the assistant answers: reads the stock and the dealership, writes nothing."""
