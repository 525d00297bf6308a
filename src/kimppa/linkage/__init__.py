"""Which records describe the same edition: block, compare, score, cluster."""
