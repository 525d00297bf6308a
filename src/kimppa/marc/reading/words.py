"""Numbers and names as they stand in repairs and reasons."""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "byte"), counted(1234, "byte"), counted(2, "directory entry")
    ('1 byte', '1,234 bytes', '2 directory entries')
    """
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("ry") else f"{number:,} {noun}s"
