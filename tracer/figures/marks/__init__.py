"""Marks: what panels are drawn with: axes, rectangles on lanes, labels of lanes, and notes about them."""
