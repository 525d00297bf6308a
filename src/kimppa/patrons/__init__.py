"""The people the libraries serve: persons, cards, guardians, consents, identity codes."""
