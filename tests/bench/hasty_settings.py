"""The product's settings, but nobody waits for long in the queue of derivations: for a figure, never for use."""

from config.settings import *  # noqa: F403

VAULT_DERIVATION_WAIT = 1
