"""Rasa's side of Avtootvet: the NLU components and their locked environment."""
