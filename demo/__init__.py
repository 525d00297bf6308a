"""The demo region: six invented libraries to merge, and the answer key."""
