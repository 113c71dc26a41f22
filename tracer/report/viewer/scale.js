// The window of time that is shown, in units of the report, and where its instants lie in pixels.

const LEAST = 20; // units that a window has at least

export class Scale {
  constructor(length) {
    this.length = length;
    this.start = 0;
    this.end = length;
    this.width = 1;
  }

  get span() {
    return this.end - this.start;
  }

  get pixelsPerUnit() {
    return this.width / this.span;
  }

  x(time) {
    return (time - this.start) * this.pixelsPerUnit;
  }

  time(x) {
    return this.start + x / this.pixelsPerUnit;
  }

  /** Show from `start` to `end`, within the run. */
  show(start, end) {
    const span = Math.min(Math.max(end - start, LEAST), this.length);
    const from = Math.min(Math.max(start + (end - start - span) / 2, 0), this.length - span);
    this.start = from;
    this.end = from + span;
  }

  /** Zoom by a factor (below 1: closer); the instant at pixel `x` stays where it is. */
  zoom(factor, x) {
    const still = this.time(x), share = x / this.width;
    const span = Math.min(Math.max(this.span * factor, LEAST), this.length);
    this.show(still - share * span, still + (1 - share) * span);
  }

  /** Move by so many pixels. */
  pan(pixels) {
    const by = pixels / this.pixelsPerUnit;
    this.show(this.start + by, this.end + by);
  }
}

const STEPS = [1, 2, 2.5, 5, 10];

/** Round instants for an axis: at most `most`, counted from `zero`. All in one unit of time. */
export function ticks(start, end, zero, most) {
  const raw = (end - start) / most, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * STEPS.find((one) => one * power >= raw * 0.9999);
  const found = [];
  for (let i = Math.ceil((start - zero) / step); zero + i * step <= end; i++) found.push(zero + i * step);
  return { step, found };
}
