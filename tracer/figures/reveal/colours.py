"""256 colours for a picture of bars: its most frequent ones as they are, and the best for the rest.

By the median, as is usual, a rare colour becomes its neighbour's, which is that of another kind of bar; by
the greatest coverage alone, the ground becomes a mean of what is like it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

AS_THEY_ARE, IN_ALL = 128, 256

Pixels = NDArray[np.uint8]


def few_colours(pixels: Pixels) -> Pixels:
    """Return the palette that fits pixels, an array (height, width, 3), best: one of (256, 3) at most."""
    colours, counts = np.unique(_packed(pixels), return_counts=True)
    order = np.argsort(-counts.astype(np.int64), kind="stable")
    kept, rest = (_unpacked(colours[part]) for part in (order[:AS_THEY_ARE], order[AS_THEY_ARE:]))
    if not len(rest):
        return kept
    few = Image.fromarray(rest[None]).quantize(IN_ALL - AS_THEY_ARE, Image.Quantize.MAXCOVERAGE)
    more = np.array(few.getpalette(), np.uint8).reshape(-1, 3)
    return np.concatenate([kept, more])[:IN_ALL]


def in_few(pixels: Pixels, palette: Pixels) -> Pixels:
    """Return the number of the colour of a palette that is nearest to each pixel's, (height, width)."""
    colours, places = np.unique(_packed(pixels), return_inverse=True)
    off = _unpacked(colours)[:, None].astype(np.int32) - palette[None].astype(np.int32)
    nearest = (off * off).sum(axis=2).argmin(axis=1).astype(np.uint8)
    return np.asarray(nearest[places].reshape(pixels.shape[:2]))


def indexed(numbers: Pixels, palette: Pixels) -> Image.Image:
    """Return the picture of such numbers."""
    made = Image.fromarray(numbers)
    made.putpalette(palette.ravel().tolist())
    return made


def _packed(pixels: Pixels) -> NDArray[np.uint32]:
    parts = pixels.reshape(-1, 3).astype(np.uint32)
    return np.asarray(parts[:, 0] << 16 | parts[:, 1] << 8 | parts[:, 2])


def _unpacked(colours: NDArray[np.uint32]) -> Pixels:
    return np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=-1).astype(np.uint8)
