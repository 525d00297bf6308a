"""A standing result and new records: what it keeps of its records, and matching more against it."""
