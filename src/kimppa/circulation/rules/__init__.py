"""What circulation decides: plain values in, a decision with its reasons out."""
