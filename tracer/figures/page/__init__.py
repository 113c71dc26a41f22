"""The page that all figures share: header, footer and legend around the panels, and its files."""
