"""How a library describes an edition, by groups of tags; `marc` calls them in order."""
