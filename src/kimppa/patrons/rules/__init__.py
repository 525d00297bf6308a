"""Decisions about patrons: names and numbers as they are found, ages, PINs, what a merge may do."""
