// The model: the data of the page, its bars in classes of one colour, and their levels of detail.
import { RUNS, packed } from "./paint.js";
import { cover, pyramid } from "./pyramid.js";
import { Scale } from "./scale.js";
import { Tasks } from "./task.js";
import { column, layer } from "./unpack.js";

const FUNCTIONS = 60; // that have classes of their own
const dark = window.matchMedia("(prefers-color-scheme: dark)");

export class Model {
  constructor(data, bytes) {
    this.data = data;
    this.dark = dark;
    this.bytes = bytes;
    this.timeline = data.timeline;
    this.scale = new Scale(data.timeline.length);
    const unpacked = Object.fromEntries(Object.entries(data.timeline.layers).map(([name, one]) => [name, layer(bytes, one)]));
    this.layers = Object.fromEntries(Object.entries(unpacked).map(([name, one]) => [name, { layer: one }]));
    this.cores = data.timeline.cores ? { layer: layer(bytes, data.timeline.cores.layer) } : null;
    this.tasks = new Tasks(this, bytes);
    this.named = new Map(data.timeline.kinds.map((kind) => [kind.name, kind]));
    this.mode = "phase";
    this.found = null;
    this.classify();
  }

  /** The colours of the page, as its style has them. */
  theme() {
    return (this.colours ??= Object.fromEntries(
      ["background", "panel", "text", "faint", "grid", "life", "accent"].map((name) => [name, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()]),
    ));
  }

  get name() {
    return dark.matches ? "dark" : "light";
  }

  /** How a kind looks in this theme. */
  look(name) {
    const kind = this.named.get(name) ?? this.timeline.looks[name];
    return kind[this.name];
  }

  spanCodes() {
    return (this.spanCode ??= column(this.bytes, this.timeline.spans.code));
  }

  workers() {
    return this.timeline.workers[this.name];
  }

  /** Give each bar its class, what has one colour: after another choice of colours, a search or a theme. */
  classify() {
    const { timeline } = this, kinds = timeline.kinds;
    const plain = kinds.map((kind) => ({ ...kind[this.name], hatch: kind.hatch, runs: RUNS.has(kind.name) }));
    for (const part of [this.layers.on_core, this.layers.states, this.layers.spans, this.cores]) {
      if (part) this.give(part, part.layer.kind, plain);
    }
    const base = this.layers.base, { classOf, looks } = this.mode === "phase" && !this.found ? { classOf: base.layer.kind, looks: plain } : this.coloured(plain);
    this.give(base, classOf, looks);
    this.ran = null;
  }

  /** Classes of the runs by worker, function or status; what a search has not found is pale. */
  coloured(plain) {
    const { layer: bars } = this.layers.base, { timeline, tasks, mode, found } = this, kinds = plain.length;
    const palette = this.timeline.hues[this.name];
    const runs = timeline.kinds.map((kind) => RUNS.has(kind.name));
    const pale = kinds, first = kinds + 1, theme = this.theme();
    const looks = [...plain, { fill: theme.grid, ink: theme.panel, hatch: "", runs: true }];
    const codes = mode === "function" ? tasks.column("function") : mode === "status" ? tasks.column("status") : null;
    if (mode === "worker") for (const one of this.workers()) looks.push({ fill: one.fill, ink: theme.background, hatch: one.hatch, runs: true });
    if (mode === "function") for (let i = 0; i < Math.min(tasks.packed.function.texts.length, FUNCTIONS) + 1; i++) looks.push({ fill: palette[i % palette.length], ink: theme.background, hatch: i >= palette.length ? "/" : "", runs: true });
    if (mode === "status") tasks.packed.status.texts.forEach((text) => looks.push({ fill: text === "ok" ? this.look("run").fill : this.look("lost").fill, ink: theme.background, hatch: text === "ok" ? "" : "x", runs: true }));
    const classOf = new Uint8Array(bars.kind.length);
    for (let lane = 0; lane < bars.lanes; lane++) {
      const worker = timeline.lanes[lane].number;
      for (let i = bars.first[lane]; i < bars.first[lane + 1]; i++) {
        const kind = bars.kind[i], row = bars.row[i];
        classOf[i] = kind;
        if (!runs[kind]) continue;
        if (found && (row < 0 || !found[row])) classOf[i] = pale;
        else if (mode === "worker" && worker) classOf[i] = Math.min(first + worker - 1, 254);
        else if (codes && row >= 0 && codes[row]) classOf[i] = first + Math.min(codes[row] - 1, mode === "function" ? FUNCTIONS : 99);
      }
    }
    return { classOf, looks };
  }

  /** Number the classes that a layer has without gaps; its levels are made when they are needed. */
  give(part, classOf, looks) {
    const used = new Uint8Array(256);
    for (let i = 0; i < classOf.length; i++) used[classOf[i]] = 1;
    const kept = [], number = new Uint8Array(256);
    used.forEach((is, c) => { if (is) { number[c] = kept.length; kept.push(c); } });
    part.classOf = kept.every((c, i) => c === i) ? classOf : classOf.map((c) => number[c]);
    part.classes = Math.max(kept.length, 1);
    const mine = kept.map((c) => looks[c]);
    part.kept = kept;
    part.looks = {
      fills: mine.map((look) => look.fill),
      colours: mine.map((look) => packed(look.fill)),
      inks: mine.map((look) => packed(look.ink)),
      hatches: mine.map((look) => look.hatch),
      texts: mine.map((look) => inkOn(look.fill)),
      least: mine.map((look) => look.runs),
    };
    const made = new Map();
    part.levels = (lane) => {
      if (!made.has(lane)) made.set(lane, pyramid(part.layer, lane, part.classOf, part.classes, this.timeline.length));
      return made.get(lane);
    };
  }

  /** How many functions ran in each of so many columns of the whole run, on average. */
  running(columns) {
    if (this.ran?.length === columns) return this.ran;
    const part = this.layers.base, whole = { start: 0, end: this.timeline.length, pixelsPerUnit: columns / this.timeline.length, x: (t) => (t * columns) / this.timeline.length };
    const sum = new Float32Array(columns), into = new Float32Array(columns * part.classes);
    this.timeline.lanes.forEach((one, lane) => {
      cover(into.fill(0), part.layer, lane, part.levels(lane), part.classOf, part.classes, whole, columns);
      for (let x = 0; x < columns; x++) for (let c = 0; c < part.classes; c++) if (part.looks.least[c]) sum[x] += Math.min(into[x * part.classes + c], 1);
    });
    return (this.ran = sum);
  }
}

/** Black or white, whichever is easier to read (the contrast ratio of WCAG 2). */
function inkOn(colour) {
  const light = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
  return 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 ? "#FFFFFF" : "#000000";
}
