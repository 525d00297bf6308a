"""Benchmarks: what docs/benchmarks.md says, reproduced by make bench."""
