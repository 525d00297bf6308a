"""Addresses of circulation, under staff/."""

from django.urls import path

from kimppa.circulation.views import fees, rules

app_name = "circulation"
urlpatterns = [
    path("patrons/<uuid:key>/fees/", fees.patron_fees, name="patron_fees"),
    path("patrons/<uuid:key>/fees/pay/", fees.pay, name="pay"),
    path("patrons/<uuid:key>/fees/charge/", fees.charge, name="charge"),
    path("fees/<uuid:key>/waive/", fees.waive, name="waive"),
    path("fees/<uuid:key>/undo/", fees.undo, name="undo_fee"),
    path("receipts/<int:number>/", fees.receipt, name="receipt"),
    path("receipts/<int:number>/cancel/", fees.cancel_payment, name="cancel_payment"),
    path("till/", fees.till, name="till"),
    path("till.csv", fees.till_csv, name="till_csv"),
    path("rules/", rules.rules, name="rules"),
    path("rules/draft/", rules.draft, name="draft_rules"),
    path("rules/which/", rules.which_rule, name="which_rule"),
    path("rules/compare/", rules.compare_rules, name="compare_rules"),
    path("rules/simulations/", rules.simulations, name="simulations"),
    path("rules/simulations/<int:number>/", rules.simulation, name="simulation"),
    path("rules/simulations/<int:number>/stop/", rules.stop, name="stop_simulation"),
    path("rules/<int:number>/", rules.rule_set, name="rule_set"),
    path("rules/<int:number>/change/", rules.change_rule, name="change_rule"),
    path("rules/<int:number>/publish/", rules.publish_rules, name="publish_rules"),
    path("rules/<int:number>.toml", rules.rules_toml, name="rules_toml"),
]
