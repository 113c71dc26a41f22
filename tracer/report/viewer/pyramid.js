// Level of detail: of each lane, how much of each cell of time each class of bars covers, at halving widths.
//
// A class is what has one colour: a kind, a function, a status. The finest cells hold a few bars each; of
// what is wider, two cells become one. Shares are bytes; what is there at all is at least 1.

const BARS_IN_A_CELL = 4, FEWEST = 2048, MOST = 1 << 20;
export const WHOLE = 255;

/** Make the levels of one lane, the finest first: `{ cells, width, shares }`, `classes` bytes a cell. */
export function pyramid(layer, lane, classOf, classes, length) {
  const from = layer.first[lane], to = layer.first[lane + 1];
  let cells = FEWEST;
  while (cells < MOST && cells * BARS_IN_A_CELL < to - from) cells *= 2;
  const width = length / cells;
  let shares = summed(layer, from, to, classOf, classes, cells, width);
  const levels = [{ cells, width, shares }];
  while (cells > 256) {
    cells /= 2;
    const wider = new Uint8Array(cells * classes);
    for (let cell = 0; cell < cells; cell++) {
      const left = 2 * cell * classes, right = left + classes, at = cell * classes;
      for (let c = 0; c < classes; c++) wider[at + c] = (shares[left + c] + shares[right + c] + 1) >> 1;
    }
    shares = wider;
    levels.push({ cells, width: length / cells, shares });
  }
  return levels;
}

function summed(layer, from, to, classOf, classes, cells, width) {
  const covered = new Float32Array(cells * classes);
  const { start, end } = layer;
  for (let i = from; i < to; i++) {
    const c = classOf[i], x0 = start[i] / width, x1 = end[i] / width;
    const first = Math.min(Math.floor(x0), cells - 1), last = Math.min(Math.floor(x1), cells - 1);
    if (first === last) {
      covered[first * classes + c] += Math.max(x1 - x0, 1e-4);
      continue;
    }
    covered[first * classes + c] += first + 1 - x0;
    for (let cell = first + 1; cell < last; cell++) covered[cell * classes + c] += 1;
    covered[last * classes + c] += x1 - last;
  }
  const shares = new Uint8Array(covered.length);
  for (let i = 0; i < covered.length; i++) shares[i] = Math.min(Math.ceil(covered[i] * WHOLE - 1e-3), WHOLE);
  return shares;
}

/**
 * Add to `into` (`classes` numbers a pixel) how much of each pixel each class covers, from 0 to 1.
 *
 * From the bars themselves where they are few, else from the level whose cells are no wider than a pixel.
 * Returns whether it was from the bars.
 */
export function cover(into, layer, lane, levels, classOf, classes, scale, width) {
  const perUnit = scale.pixelsPerUnit;
  const [from, to] = visible(layer, lane, scale.start, scale.end);
  if (to - from <= 4 * width || levels[0].width * perUnit > 1) {
    for (let i = from; i < to; i++) add(into, classes, classOf[i], scale.x(layer.start[i]), scale.x(layer.end[i]), width);
    return true;
  }
  let level = levels[0];
  for (const one of levels) if (one.width * perUnit <= 1) level = one;
  const { shares, cells } = level, pixels = level.width * perUnit;
  const first = Math.max(Math.floor(scale.start / level.width), 0);
  const last = Math.min(Math.ceil(scale.end / level.width), cells);
  const offset = scale.x(0);
  for (let cell = first; cell < last; cell++) {
    const x0 = offset + cell * pixels, pixel = Math.floor(x0);
    const inside = Math.min(1, (pixel + 1 - x0) / pixels);
    for (let c = 0, at = cell * classes; c < classes; c++, at++) {
      if (shares[at] === 0) continue;
      const share = (shares[at] / WHOLE) * pixels;
      if (pixel >= 0 && pixel < width) into[pixel * classes + c] += share * inside;
      if (inside < 1 && pixel + 1 >= 0 && pixel + 1 < width) into[(pixel + 1) * classes + c] += share * (1 - inside);
    }
  }
  return false;
}

function add(into, classes, c, x0, x1, width) {
  if (x1 <= 0 || x0 >= width) return;
  const a = Math.max(x0, 0), b = Math.min(x1, width);
  const first = Math.floor(a), last = Math.min(Math.floor(b), width - 1);
  if (first === last) {
    into[first * classes + c] += Math.max(b - a, 1e-3);
    return;
  }
  into[first * classes + c] += first + 1 - a;
  for (let x = first + 1; x < last; x++) into[x * classes + c] = 1;
  into[last * classes + c] += b - last;
}

/** The bars of a lane that may be seen in a stretch of time: from, and up to, their places in the layer. */
export function visible(layer, lane, start, end) {
  const first = layer.first[lane], last = layer.first[lane + 1];
  let from = lowerBound(layer.start, first, last, start - layer.longest[lane]);
  const to = lowerBound(layer.start, from, last, end);
  while (from < to && layer.end[from] < start) from++;
  return [from, to];
}

/** The first place from `low` up to `high` whose value is at least `value`. */
export function lowerBound(values, low, high, value) {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
