"""The dealer's cars: models, catalogue, search and the importers of feeds."""
