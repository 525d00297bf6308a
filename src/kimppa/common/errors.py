"""Errors whose message tells the reader what happened, what is safe and what to do next."""


class CannotRun(Exception):
    """The command could not do its work at all; its message names the remedy. Exit code 2."""
