"""Small value types and errors that every room may use."""
