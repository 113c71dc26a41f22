"""Structure: what ran, in which pools, by which workers, on which lanes, and how it ended."""
