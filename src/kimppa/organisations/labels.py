"""What the log's words are called on pages."""

from django.utils.translation import gettext


def log_label(word: str) -> str:
    """Return an action or a kind of object in the reader's language.

    The words are those of every room; `site.log_words` has them translated.
    """
    return gettext(word.replace("_", " ")) if word else ""
