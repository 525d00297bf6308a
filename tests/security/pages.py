"""Every address of the site and what it asks of its readers: a new page needs a line here."""

from kimppa.organisations.rules import Permission

PUBLIC = "public"
SIGNED_IN = None  # any role will do

PAGES = {
    "catalogue:list": PUBLIC,
    "catalogue:csv": PUBLIC,
    "catalogue:record": PUBLIC,
    "catalogue:marc": PUBLIC,
    "catalogue:marcxml": PUBLIC,
    "catalogue:redirect": PUBLIC,
    "set_language": PUBLIC,
    "staff": SIGNED_IN,
    "organisations:sign_in": PUBLIC,
    "organisations:sign_in_code": PUBLIC,
    "organisations:sign_out": PUBLIC,
    "organisations:set_password": PUBLIC,
    "organisations:change_password": SIGNED_IN,
    "organisations:second_factor": SIGNED_IN,
    "organisations:workplace": SIGNED_IN,
    "organisations:log": Permission.VIEW_LOG,
    "organisations:log_csv": Permission.VIEW_LOG,
    "circulation:patron_fees": Permission.TAKE_PAYMENT,
    "circulation:pay": Permission.TAKE_PAYMENT,
    "circulation:charge": Permission.TAKE_PAYMENT,
    "circulation:waive": Permission.WAIVE_FEE,
    "circulation:undo_fee": Permission.WAIVE_FEE,
    "circulation:receipt": Permission.VIEW_TILL,
    "circulation:cancel_payment": Permission.CANCEL_PAYMENT,
    "circulation:till": Permission.VIEW_TILL,
    "circulation:till_csv": Permission.VIEW_TILL,
}
