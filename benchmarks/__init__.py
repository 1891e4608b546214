"""`make bench`: speed and memory of the assistant beside Rasa's default recipe, in one run."""
