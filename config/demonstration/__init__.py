"""The demonstration institution: invented people and matters, made through the same actions as real ones."""
