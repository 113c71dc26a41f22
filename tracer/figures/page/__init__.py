"""The page of a figure: title, notes, legend and footer around its panels, and its files."""
