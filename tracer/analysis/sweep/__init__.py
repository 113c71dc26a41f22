"""A sweep: one setting varied, and what each of its values took."""
