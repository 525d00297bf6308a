"""Kinds of patrons."""

from kimppa.patrons.models import PatronCategory


def ensure_category(
    *, code: str, name_fi: str, name_sv: str = "", name_en: str = "", is_institution: bool = False
) -> PatronCategory:
    """Return the category of this code, made when it is not there yet; never changed."""
    names = {"name_fi": name_fi, "name_sv": name_sv, "name_en": name_en}
    return PatronCategory.objects.get_or_create(
        code=code, defaults={**names, "is_institution": is_institution}
    )[0]
