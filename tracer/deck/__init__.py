"""A deck: slides that each ask a question and answer it by a figure, as a PowerPoint or PDF file.

`slides` has what is on them, as plain values; `pptx` and `pdf` write it. All lengths are in points.
"""
