"""Looks: the colour and hatch of each kind of bar, of each worker, of grounds and texts, for every view."""
