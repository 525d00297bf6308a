"""Kimppa: the libraries of a region become one library."""
