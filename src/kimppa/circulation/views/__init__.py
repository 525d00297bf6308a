"""Pages of circulation: parse, one operation or question, show."""
