"""The phases as a figure: how long each step of a task took."""
