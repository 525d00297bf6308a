"""Questions about circulation: the rules in force, what a patron has, what waits where."""

from kimppa.circulation.queries.policy import policy_of, policy_on, rule_set_in_force

__all__ = ["policy_of", "policy_on", "rule_set_in_force"]
