"""Marks: what every figure is drawn with: axes, rectangles, lane labels, numbers of tasks."""
