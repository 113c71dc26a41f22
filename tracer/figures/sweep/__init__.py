"""A sweep as a figure: what each value of a setting took."""
