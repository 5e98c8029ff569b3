"""The product's settings, with Argon2id at the tests' cost: here nobody's patience is tried, and keys are counted."""

from config.settings import *  # noqa: F403

TESTING = True
VAULT_STAFF_COST = (64, 1)
VAULT_RECEIPT_COST = (64, 1)
VAULT_ALLOW_DERIVE_IN_TRANSACTION = True
ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
# The thieves may come late in a long run of tests; the people of the institution are still at their desks then.
SITTING_IDLE_MINUTES = SITTING_LIMIT_MINUTES = 100_000
INBOX_IDLE_MINUTES = 100_000
