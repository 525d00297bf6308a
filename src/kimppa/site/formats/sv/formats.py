"""Dates as the region writes them in every language: 24.12.2026, 15:30."""

SHORT_DATE_FORMAT = "j.n.Y"
SHORT_DATETIME_FORMAT = "j.n.Y H:i"
