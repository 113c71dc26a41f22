"""A comparison as a figure: runs over one time scale."""
