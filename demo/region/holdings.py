"""Who holds what, under which control number, and who has the later printing."""

from demo.region.libraries import Region
from demo.region.numbers import digest
from demo.region.works import Edition


def holders(region: Region, edition: Edition) -> list[str]:
    """Which libraries own the edition: as the trap needs, or by a digest of its name."""
    if edition.host:
        owners = holders(region, region.editions[edition.host])
        return [key for key in owners if region.libraries[key].parts]
    if edition.at:
        return list(edition.at)

    def eagerness(key: str) -> tuple[int, int]:
        swedish_shelf = region.libraries[key].is_swedish
        fits = 0 if swedish_shelf == (edition.lang == "swe") else 1
        return (fits if swedish_shelf or edition.lang == "swe" else 0, digest(key, edition.id))

    return sorted(region.libraries, key=eagerness)[: edition.pop]


def control_numbers(region: Region) -> dict[tuple[str, str], str]:
    """Each library counts up from its own first number, with gaps where records were deleted."""
    owned: dict[str, list[str]] = {key: [] for key in region.libraries}
    for edition in region.editions.values():
        for key in holders(region, edition):
            owned[key].append(edition.id)
    numbers = {}
    for key, ids in owned.items():
        number = region.libraries[key].first_number
        order = sorted(
            ids, key=lambda each: (region.editions[each].late, digest("order", key, each))
        )
        for edition_id in order:
            number += 1 + digest("gap", key, edition_id) % 37
            numbers[key, edition_id] = str(number)
    return numbers


def reprint_holder(region: Region, edition: Edition) -> str:
    """The one library that catalogued a later printing as if it were the first."""
    owners = [key for key in holders(region, edition) if key != "ylikyla"]
    if not edition.reprint or len(owners) < 2:
        return ""
    return min(owners, key=lambda key: digest("reprint", key, edition.id))
