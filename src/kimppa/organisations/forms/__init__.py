"""What staff type and choose on the organisation's pages."""
