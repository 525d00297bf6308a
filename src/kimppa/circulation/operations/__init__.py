"""Verbs of circulation: one function, one transaction, one audit event."""
