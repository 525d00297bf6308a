"""Template tags of the organisation's pages."""
