// The chart, pixel by pixel: each row's strips from shares of each pixel, in one buffer that is put at once.
import { cover, visible } from "./pyramid.js";
import { ticks } from "./scale.js";
import { duration } from "./words.js";

export const STRIPS = { on_core: [0.28, 0.72], base: [0, 1], states: [0, 0.42], spans: [0.8, 1] };
const ORDER = ["on_core", "base", "states", "spans"];
export const RUNS = new Set(["run", "error", "lost", "unfinished"]);
const MOST_TEXTS = 400, LETTER = 7.8, APART = 5, HATCH = 6;

export class Painter {
  constructor(model, canvas, axis, map) {
    Object.assign(this, { model, canvas, axis, map });
    this.context = canvas.getContext("2d", { alpha: false });
    this.buffer = null;
    this.into = new Float32Array(0);
  }

  /** Make the canvases as large as their places on this screen. */
  resize(width, height) {
    const ratio = (this.ratio = Math.min(window.devicePixelRatio || 1, 2));
    this.model.scale.width = width;
    this.width = width;
    for (const [canvas, high] of [[this.canvas, height], [this.axis, 22], [this.map, 44]]) {
      canvas.width = Math.max(Math.round(width * ratio), 1);
      canvas.height = Math.max(Math.round(high * ratio), 1);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${high}px`;
    }
    this.image = this.context.createImageData(this.canvas.width, this.canvas.height);
    this.buffer = new Uint32Array(this.image.data.buffer);
  }

  /** Draw the rows from `top` on, the axis, and what part of the map is shown. */
  paint(top) {
    const { model, buffer, ratio } = this, { scale } = model;
    const W = this.canvas.width, H = this.canvas.height;
    const theme = model.theme();
    buffer.fill(packed(theme.panel));
    const wide = { start: scale.start, end: scale.end, get pixelsPerUnit() { return W / (this.end - this.start); }, x(t) { return (t - this.start) * (W / (this.end - this.start)); } };
    const found = ticks(scale.start, scale.end, model.timeline.zero, Math.max(Math.floor(this.width / 110), 2));
    const grid = packed(theme.grid);
    for (const at of found.found) {
      const x = Math.round(wide.x(at));
      if (x >= 0 && x < W) for (let i = x; i < W * H; i += W) buffer[i] = grid;
    }
    this.texts = [];
    for (const row of model.rows.list) {
      const y0 = Math.round((row.y - top) * ratio), y1 = Math.round((row.y + row.height - top) * ratio);
      if (y1 < 0 || y0 >= H) continue;
      if (row.lane >= 0) this.lane(row.lane, y0, y1, wide, theme);
      else this.strip(model.cores, row.core, y0, y1, wide, 0);
    }
    this.context.putImageData(this.image, 0, 0);
    this.write(theme);
    this.marks(top, wide, theme);
    this.drawAxis(found, theme);
    this.drawMap(theme);
  }

  lane(lane, y0, y1, wide, theme) {
    const { timeline, layers } = this.model, one = timeline.lanes[lane], W = this.canvas.width;
    const a = Math.max(Math.round(wide.x(one.born)), 0), b = Math.min(Math.round(wide.x(one.end)), W);
    const middle = (y0 + y1) >> 1;
    this.rectangle(a, b, middle - 1, middle + 1, packed(theme.life));
    const height = y1 - y0;
    for (const name of ORDER) {
      const part = layers[name], [low, high] = STRIPS[name];
      if (part.layer.first[lane + 1] === part.layer.first[lane]) continue;
      this.strip(part, lane, y1 - Math.round(high * height), y1 - Math.round(low * height), wide, name === "base" ? 1 : 0);
    }
  }

  /** One strip of a row: `part` is a layer with its classes, their looks and its levels. */
  strip(part, lane, y0, y1, wide, texts) {
    const W = this.canvas.width, { classes } = part, height = y1 - y0;
    if (height < 1) return;
    if (this.into.length < W * classes) this.into = new Float32Array(W * classes);
    const into = this.into.fill(0, 0, W * classes);
    const exact = cover(into, part.layer, lane, part.levels(lane), part.classOf, classes, wide, W);
    const { colours, least } = part.looks;
    let x = 0;
    while (x < W) {
      const whole = wholeAt(into, x, classes);
      if (whole < 0) {
        this.stack(into, x, classes, colours, least, y0, y1);
        x++;
        continue;
      }
      let end = x + 1;
      while (end < W && into[end * classes + whole] >= 0.999) end++;
      this.rectangle(x, end, y0, y1, colours[whole]);
      if (end - x >= 6 && height >= 5) this.hatch(x, end, y0, y1, part.looks.hatches[whole], part.looks.inks[whole]);
      x = end;
    }
    if (exact) this.apart(part, lane, y0, y1, wide, texts);
  }

  stack(into, x, classes, colours, least, y0, y1) {
    const { buffer, canvas } = this, W = canvas.width, H = canvas.height, height = y1 - y0;
    let below = 0, y = y1;
    for (let c = 0, at = x * classes; c < classes && y > y0; c++, at++) {
      const share = into[at];
      if (share === 0) continue;
      below = Math.min(below + share, 1);
      let top = y1 - Math.round(below * height);
      if (top === y && least[c]) top = y - 1;
      for (let row = Math.min(y, H) - 1; row >= Math.max(top, 0); row--) buffer[row * W + x] = colours[c];
      y = Math.min(y, top);
    }
  }

  rectangle(a, b, y0, y1, colour) {
    const { buffer, canvas } = this, W = canvas.width;
    for (let y = Math.max(y0, 0); y < Math.min(y1, canvas.height); y++) buffer.fill(colour, y * W + a, y * W + Math.max(b, a));
  }

  hatch(a, b, y0, y1, hatch, ink) {
    if (!hatch) return;
    const { buffer, canvas, ratio } = this, W = canvas.width, period = Math.round(HATCH * ratio);
    for (let y = Math.max(y0, 0); y < Math.min(y1, canvas.height); y++) {
      const line = y % period === 0;
      for (let x = a; x < b; x++) {
        const up = (x + y) % period === 0, down = (x - y + 1e6 * period) % period === 0, tall = x % period === 0;
        if (hatch === "/" ? up : hatch === "\\" ? down : hatch === "x" ? up || down : hatch === "-" ? line : hatch === "|" ? tall : line || tall) buffer[y * W + x] = ink;
      }
    }
  }

  /** Set bars that follow one another apart, and note which have room for words. */
  apart(part, lane, y0, y1, wide, texts) {
    const { layer } = part, { ratio, canvas, buffer } = this, W = canvas.width;
    const [from, to] = visible(layer, lane, wide.start, wide.end), ground = packed(this.model.theme().panel);
    for (let i = from; i < to; i++) {
      const a = wide.x(layer.start[i]), b = wide.x(layer.end[i]);
      if (b - a < APART * ratio) continue;
      const x = Math.round(a);
      if (x > 0 && x < W) for (let y = Math.max(y0, 0); y < Math.min(y1, canvas.height); y++) buffer[y * W + x] = ground;
      const room = (Math.min(b, W) - Math.max(a, 0)) / ratio;
      if (!texts || room < 14 || (y1 - y0) / ratio < 12 || this.texts.length >= MOST_TEXTS) continue;
      if (layer.row[i] >= 0 && RUNS.has(this.model.timeline.kinds[layer.kind[i]].name)) {
        const text = this.model.tasks.title(layer.row[i], room / LETTER);
        if (text) this.texts.push([text, (Math.max(a, 0) + Math.min(b, W)) / 2, y0, y1, part.looks.texts[part.classOf[i]], lane]);
      }
    }
  }

  write() {
    const { context, ratio, model } = this;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `600 ${12 * ratio}px system-ui, sans-serif`;
    for (const [text, x, y0, y1, ink, lane] of this.texts) {
      const { first } = model.layers.states.layer;
      const states = first[lane + 1] > first[lane], y = states ? y0 + (y1 - y0) * 0.33 : (y0 + y1) / 2;
      context.fillStyle = ink;
      context.fillText(text, x, y);
    }
  }

  /** Deaths of workers, and the zero of the axis. */
  marks(top, wide, theme) {
    const { context, ratio, model } = this;
    context.strokeStyle = model.look("lost").fill;
    context.lineWidth = 2.5 * ratio;
    for (const [lane, at] of model.timeline.deaths) {
      const row = model.rows.of(lane), x = wide.x(at);
      if (!row || x < -9 || x > this.canvas.width + 9) continue;
      const y = (row.y + row.height / 2 - top) * ratio, r = 5 * ratio;
      context.beginPath();
      context.moveTo(x - r, y - r); context.lineTo(x + r, y + r);
      context.moveTo(x - r, y + r); context.lineTo(x + r, y - r);
      context.stroke();
    }
    return theme;
  }

  drawAxis({ found, step }, theme) {
    const context = this.axis.getContext("2d"), { ratio } = this, { scale, timeline } = this.model;
    const inNs = (time) => (time - timeline.zero) * timeline.unit_ns;
    context.clearRect(0, 0, this.axis.width, this.axis.height);
    context.font = `${12 * ratio}px system-ui, sans-serif`;
    context.fillStyle = theme.text;
    context.textBaseline = "middle";
    const stepNs = step * timeline.unit_ns;
    const [unit, symbol] = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]].find(([ns]) => stepNs >= ns * 0.999) ?? [1, "ns"];
    const far = found.length && Math.abs(inNs(found[0])) / unit > 99999;
    const base = far ? found[0] : timeline.zero;
    for (const at of found) {
      const x = scale.x(at) * ratio, value = ((at - base) * timeline.unit_ns) / unit;
      const text = `${far && at !== base ? "+" : ""}${trimmed(value)} ${symbol}`;
      context.textAlign = x < 24 * ratio ? "left" : x > this.axis.width - 30 * ratio ? "right" : "center";
      context.fillText(far && at === base ? duration(inNs(at)) : text, x, 11 * ratio);
    }
    for (const [name, start, end] of timeline.stages) {
      const a = scale.x(start) * ratio, b = scale.x(end) * ratio;
      if (b < 0 || a > this.axis.width || !name) continue;
      context.fillStyle = theme.accent;
      context.fillRect(Math.max(a, 0), 20 * ratio, Math.min(b, this.axis.width) - Math.max(a, 0) - 2, 2 * ratio);
      context.fillStyle = theme.text;
    }
  }

  drawMap(theme) {
    const context = this.map.getContext("2d"), { model } = this, W = this.map.width, H = this.map.height;
    context.fillStyle = theme.panel;
    context.fillRect(0, 0, W, H);
    const running = model.running(W), most = Math.max(1, ...running);
    context.fillStyle = model.look("run").fill;
    for (let x = 0; x < W; x++) {
      const high = (running[x] / most) * (H - 2);
      if (high > 0) context.fillRect(x, H - Math.max(high, 1), 1, Math.max(high, 1));
    }
    const { scale } = model, a = (scale.start / scale.length) * W, b = (scale.end / scale.length) * W;
    context.fillStyle = theme.background;
    context.globalAlpha = 0.72;
    context.fillRect(0, 0, a, H);
    context.fillRect(b, 0, W - b, H);
    context.globalAlpha = 1;
    context.strokeStyle = theme.accent;
    context.lineWidth = 2 * this.ratio;
    context.strokeRect(Math.max(a, 1), 1, Math.max(b - a, 3) - 2, H - 2);
  }
}

/** The class that has a pixel to itself, -1 where none has; an empty pixel is no class's either. */
function wholeAt(into, x, classes) {
  for (let c = 0, at = x * classes; c < classes; c++, at++) if (into[at] >= 0.999) return c;
  return -1;
}

function trimmed(value) {
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

/** A colour as the buffer has it. */
export function packed(colour) {
  const value = parseInt(colour.slice(1), 16);
  return (0xff000000 | ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}

