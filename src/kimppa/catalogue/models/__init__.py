"""Rows of the catalogue: loads, records and their inputs, items, merges and redirects."""

from kimppa.catalogue.models.items import Item
from kimppa.catalogue.models.loads import Load
from kimppa.catalogue.models.merges import MergeEvent, MergeInput, Redirect
from kimppa.catalogue.models.records import BibliographicRecord, Identifier, InputRecord

__all__ = [
    "BibliographicRecord",
    "Identifier",
    "InputRecord",
    "Item",
    "Load",
    "MergeEvent",
    "MergeInput",
    "Redirect",
]
