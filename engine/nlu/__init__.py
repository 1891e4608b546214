"""What Rasa runs to understand a customer: tokens, entities, questions. See docs/decisions/nlu.md."""
