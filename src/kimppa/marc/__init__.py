"""MARC 21 records: read them whatever their state, repair, merge and write them."""
