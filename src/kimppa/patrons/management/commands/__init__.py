"""Verbs of the kimppa command."""
