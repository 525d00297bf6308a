"""The shared catalogue: records, items and where each record came from."""
