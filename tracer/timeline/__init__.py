"""The timeline: who lived when, on which lane, in which state, as plain arrays; a view only draws it."""
