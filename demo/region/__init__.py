"""The demo region, in the order of reading.

`works` and `libraries` read the TOML tables; `holdings` says who owns what; `marc` describes an
edition in a library's habit, field by field (`cataloguing`) and item by item (`items`), on a `desk`
and with invented `numbers`; `breakages` spoils a few records on purpose; `exports` writes the six
files (`formats`, `marc8`); `traps` writes the answer key.
"""
