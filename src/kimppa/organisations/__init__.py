"""The consortium, its libraries and their branches."""
