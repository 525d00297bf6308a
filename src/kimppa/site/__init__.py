"""Settings, root addresses, base pages and the kimppa command; knows every room."""
