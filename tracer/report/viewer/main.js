// The page: data → model → view. Only here do the parts meet.
import { RUNS, Painter, packed } from "./paint.js";
import { attach as attachGestures } from "./gestures.js";
import { attach as attachKeys, writeHelp } from "./keys.js";
import { Grid } from "./grid.js";
import { Overlay } from "./overlay.js";
import { cover, pyramid, visible } from "./pyramid.js";
import { Rows } from "./rows.js";
import { Scale } from "./scale.js";
import { matches } from "./search.js";
import { writeTables } from "./tables.js";
import { Tasks, describe } from "./task.js";
import { column, inflate, layer } from "./unpack.js";
import { count, duration, element, percent } from "./words.js";

const FUNCTIONS = 60; // that have classes of their own
const byId = (id) => document.getElementById(id);
const dark = window.matchMedia("(prefers-color-scheme: dark)");

class Model {
  constructor(data, bytes) {
    this.data = data;
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

class View {
  constructor(model) {
    this.model = model;
    this.scroller = byId("scroller");
    this.chart = byId("over"); // lies on top, so that it gets the pointer
    this.axis = byId("axis");
    this.map = byId("map");
    this.pointer = -1;
    this.selected = -1;
    this.before = [];
    this.painter = new Painter(model, byId("chart"), this.axis, this.map);
    model.rows = new Rows(model, byId("labels"), () => this.laid());
    this.overlay = new Overlay(model, this.chart);
    this.tables = writeTables(model, byId("tables"), (row) => { this.select(row); this.showSelected(); });
    this.grid = new Grid(this, byId("grid"));
    attachGestures(this);
    attachKeys(this);
    new ResizeObserver(() => this.laid()).observe(byId("charts"));
    this.scroller.addEventListener("scroll", () => this.moved());
    dark.addEventListener("change", () => this.recolour());
    byId("colour").addEventListener("change", (event) => { model.mode = event.target.value; this.recolour(); });
    byId("fit").addEventListener("click", () => this.fit());
    const help = byId("help"), button = byId("show-help");
    writeHelp(help);
    button.addEventListener("click", () => {
      help.hidden = !help.hidden;
      button.setAttribute("aria-expanded", String(!help.hidden));
    });
    this.attachSearch();
    this.laid();
  }

  attachSearch() {
    const field = byId("find");
    let waiting = 0;
    field.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.search(field.value), 150);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !this.model.found) return;
      clearTimeout(waiting);
      const { found, tasks } = this.model;
      const next = tasks.beside(this.selected, event.shiftKey ? -1 : 1, (row) => found[row]);
      const row = next >= 0 ? next : tasks.beside(-1, event.shiftKey ? -1 : 1, (one) => found[one]);
      if (row >= 0) { this.select(row); this.showSelected(true); }
    });
  }

  search(text) {
    const { model } = this;
    model.found = matches(model, text);
    let sum = 0;
    if (model.found) for (const one of model.found) sum += one;
    byId("found").textContent = model.found ? `${count(sum)} of ${count(model.tasks.count)} tasks` : "";
    this.recolour();
  }

  recolour() {
    this.model.colours = null;
    this.model.classify();
    this.model.rows.write();
    writeKey(this.model);
    this.moved();
  }

  /** Lay out anew: another size, or other rows. */
  laid() {
    const { model, scroller } = this;
    const width = Math.max(byId("charts").clientWidth, 100);
    this.high = Math.min(model.rows.height, Math.max(scroller.clientHeight, 120));
    byId("charts").style.height = `${model.rows.height}px`;
    this.painter.resize(width, this.high);
    this.overlay.resize(width, this.high, this.painter.ratio);
    this.chart.style.marginTop = `-${this.high}px`; // over the chart
    this.moved();
  }

  /** Draw anew with the next picture of the screen. */
  moved() {
    this.wanted ??= requestAnimationFrame(() => {
      this.wanted = null;
      this.painter.paint(this.scroller.scrollTop);
      this.over();
    });
  }

  over() {
    this.overlay.paint(this.scroller.scrollTop);
  }

  fit() {
    this.model.scale.show(0, this.model.scale.length);
    this.moved();
  }

  /** The bar at a place of the chart: `{ row, layer, name, at }`, null where there is none. */
  barAt(x, y) {
    const { model } = this, { scale } = model, top = this.scroller.scrollTop, row = model.rows.at(y + top);
    if (!row) return null;
    const near = 3 / scale.pixelsPerUnit, time = scale.time(x);
    const names = row.lane >= 0 ? ["spans", "base", "on_core"] : ["cores"];
    const high = (row.y + row.height - (y + top)) / row.height;
    for (const name of names) {
      if (name === "spans" && high < 0.8) continue;
      const part = name === "cores" ? model.cores : model.layers[name], place = row.lane >= 0 ? row.lane : row.core;
      const [from, to] = visible(part.layer, place, time - near, time + near);
      let best = -1, far = Infinity;
      for (let i = from; i < Math.min(to, from + 2000); i++) {
        const off = Math.max(part.layer.start[i] - time, time - part.layer.end[i], 0);
        if (off < far || (off === far && off === 0)) [best, far] = [i, off];
      }
      if (best >= 0 && far <= near) return { row, part, name, at: best };
    }
    return null;
  }

  hover(x, y, left, top) {
    this.pointer = x;
    const tip = byId("tip"), bar = x < 0 ? null : this.barAt(x, y);
    this.overlay.hovered = bar ? { row: bar.row, start: bar.part.layer.start[bar.at], end: bar.part.layer.end[bar.at] } : null;
    tip.hidden = !bar;
    if (bar) {
      tip.replaceChildren(...this.lines(bar).map((line, i) => element(i ? "div" : "strong", line)));
      const wide = tip.offsetWidth, high = tip.offsetHeight;
      tip.style.left = `${Math.max(Math.min(left + 14, window.innerWidth - wide - 8), 4)}px`;
      tip.style.top = `${top + 18 + high > window.innerHeight ? top - high - 10 : top + 18}px`;
    }
    this.over();
  }

  /** What is said of a bar. */
  lines({ row, part, name, at }) {
    const { model } = this, { timeline, tasks } = model, unit = timeline.unit_ns, bars = part.layer;
    const kind = timeline.kinds[bars.kind[at]], of = bars.row[at];
    const took = duration((bars.end[at] - bars.start[at]) * unit), from = duration((bars.start[at] - timeline.zero) * unit);
    const lines = [`${kind.label}: ${took}, from ${from}`];
    if (kind.merged) lines.push("several short ones, merged");
    if (name === "spans" && of >= 0) lines[0] = `${spanName(model, of) || kind.label}: ${took}, from ${from}`;
    if (row.lane >= 0) lines.push(nameOf(timeline.lanes[row.lane]));
    if (name === "base" && of >= 0) {
      lines.push(tasks.name(of));
      const status = [tasks.text("status", of), tasks.text("error", of)].filter(Boolean).join(": ");
      if (status !== "ok") lines.push(status);
      const core = tasks.number("core_start", of), ready = tasks.number("runq_ns", of);
      if (core !== null) lines.push(`core ${core}`);
      if (ready) lines.push(`ready, without a core: ${duration(ready)}`);
    }
    return lines;
  }

  press(x, y) {
    const bar = this.barAt(x, y);
    this.measure(null);
    this.select(bar?.name === "base" ? bar.part.layer.row[bar.at] : -1);
  }

  select(row, keep = true) {
    if (keep && this.selected >= 0 && row !== this.selected) this.before.push(this.selected);
    this.selected = row;
    this.overlay.select(row);
    this.tables.select(row);
    const place = byId("selected");
    if (row < 0) place.replaceChildren(element("p", "Click a bar to see its task. Drag over the lanes to measure a stretch."));
    else describe(this.model, row, place, (next) => next >= 0 && this.goTo(next), () => this.showSelected());
    this.over();
  }

  /** Select a task, and show it where it lies outside of the window. */
  goTo(row) {
    this.select(row);
    this.showSelected(true);
  }

  showSelected(onlyOutside = false) {
    const { scale, tasks } = this.model, { life } = this.overlay;
    if (this.selected < 0) return;
    const runs = tasks.run(this.selected) ?? (life.length ? [life[0].start, life.at(-1).end] : null);
    if (!runs) return;
    const steps = life.filter((one) => one.kind.name !== "wait");
    const start = Math.min(runs[0], ...steps.map((one) => one.start)), end = Math.max(runs[1], ...steps.map((one) => one.end));
    const inside = start >= scale.start && end <= scale.end && (end - start) * scale.pixelsPerUnit > 6;
    if (!(onlyOutside && inside)) {
      const margin = Math.max((end - start) * 0.4, 10);
      scale.show(start - margin, end + margin);
    }
    this.moved();
  }

  beside(by, what) {
    const column = this.model.tasks.column(what);
    if (this.selected < 0) return this.first();
    const row = this.model.tasks.beside(this.selected, by, (one) => column[one] === column[this.selected]);
    if (row >= 0) this.goTo(row);
  }

  first() {
    const [row] = this.model.tasks.inOrder();
    if (row !== undefined) this.goTo(row);
  }

  alongPath(by) {
    const path = this.model.tasks.onCriticalPath();
    if (!path.length) return;
    const at = path.indexOf(this.selected), next = at < 0 ? (by > 0 ? 0 : path.length - 1) : at + by;
    if (next >= 0 && next < path.length) this.goTo(path[next]);
  }

  /** Go to what the selected task waited for: who sent it; where that is on screen, who submitted it. */
  toCause() {
    const { scale, tasks, timeline } = this.model;
    if (this.selected < 0) return;
    const lane = tasks.column("lane")[this.selected] - 1;
    const sent = this.overlay.life.find((one) => one.lane !== lane && one.kind.name === "pickle");
    const submitted = tasks.number("submitted", this.selected);
    const main = timeline.lanes.findIndex((one) => one.role === "main");
    const seen = (time) => time !== null && time >= scale.start && time <= scale.end;
    const cause = sent && !(this.caused === this.selected) ? { lane: sent.lane, start: sent.start, end: sent.end } : submitted === null ? null : { lane: main, start: submitted, end: submitted };
    this.caused = this.caused === this.selected ? -1 : this.selected;
    if (!cause) return;
    if (!seen(cause.start)) scale.show(cause.start - scale.span * 0.2, cause.start + scale.span * 0.8);
    this.focus(cause);
    this.moved();
  }

  back() {
    const row = this.before.pop();
    if (row === undefined) return;
    this.select(row, false);
    this.showSelected(true);
  }

  /** Outline a stretch of a lane. */
  focus(one) {
    const row = one && this.model.rows.of(one.lane);
    this.overlay.focused = row ? { row, start: one.start, end: one.end } : null;
    const { scale } = this.model;
    if (row && (one.end < scale.start || one.start > scale.end)) {
      scale.show(one.start - scale.span / 2, one.start + scale.span / 2);
      this.moved();
    }
    this.over();
  }

  overlayStretch(from, to) {
    this.overlay.stretch = from === null ? null : [Math.min(from, to), Math.max(from, to)];
    this.over();
  }

  /** Measure a stretch of time: what it is made of, once it is `done`. */
  measure(from, to, done) {
    this.overlayStretch(from, to);
    if (from === null || !done) return;
    const [start, end] = this.overlay.stretch, { model } = this, { timeline } = model, unit = timeline.unit_ns;
    const workers = timeline.lanes.map((lane, index) => ({ lane, index })).filter(({ lane }) => lane.number !== null && model.rows.of(timeline.lanes.indexOf(lane)));
    const sums = new Map();
    let tasks = 0;
    for (const { index } of workers) {
      const { layer: bars } = model.layers.base, [first, last] = visible(bars, index, start, end);
      for (let i = first; i < last; i++) {
        const inside = Math.min(bars.end[i], end) - Math.max(bars.start[i], start);
        if (inside <= 0) continue;
        const kind = timeline.kinds[bars.kind[i]];
        sums.set(kind, (sums.get(kind) ?? 0) + inside);
        if (RUNS.has(kind.name)) tasks++;
      }
    }
    const lives = workers.reduce((sum, { lane }) => sum + Math.max(Math.min(lane.end, end) - Math.max(lane.born, start), 0), 0);
    const known = [...sums.values()].reduce((sum, one) => sum + one, 0);
    const table = element("table"), body = element("tbody");
    const rows = [...sums].sort(([, one], [, other]) => other - one).map(([kind, time]) => [kind.label, time, model.look(kind.name).fill]);
    if (lives - known > 1) rows.push(["between them", lives - known, ""]);
    for (const [label, time, fill] of rows) {
      const line = element("tr"), name = element("td"), swatch = element("span", "", { class: "swatch" });
      swatch.style.background = fill || "transparent";
      name.append(swatch, label);
      line.append(name, element("td", duration(time * unit), { class: "number" }), element("td", lives ? percent(time / lives) : "", { class: "number" }));
      body.append(line);
    }
    table.append(element("caption", "What the workers on screen did in it"), body);
    const said = `${duration((end - start) * unit)}, from ${duration((start - timeline.zero) * unit)} to ${duration((end - timeline.zero) * unit)}; ${count(tasks)} runs in it`;
    byId("selected").replaceChildren(element("h3", "A stretch"), element("p", said), table);
  }
}

function spanName(model, row) {
  const code = model.spanCodes()[row];
  return code ? model.timeline.spans.texts[code - 1] : "";
}

function nameOf(lane) {
  return lane.pid === null ? lane.name : `${lane.name}, PID ${lane.pid}`;
}

/** The key to the colours: the kinds that the chart has, or the classes of the colours that were chosen. */
function writeKey(model) {
  const entries = [], { timeline, mode, tasks } = model;
  const add = (fill, text, hatch = "", ink = "") => {
    const made = element("li"), swatch = element("span", "", { class: "swatch" });
    swatch.style.background = hatched(fill, hatch, ink);
    made.append(swatch, text);
    entries.push(made);
  };
  const kinds = new Set();
  for (const part of Object.values(model.layers)) for (const kind of part.kept) if (kind < timeline.kinds.length) kinds.add(kind);
  for (const code of [...kinds].sort((one, other) => one - other)) {
    const kind = timeline.kinds[code];
    if (mode !== "phase" && RUNS.has(kind.name)) continue;
    if (!kind.merged) add(kind[model.name].fill, kind.label, kind.hatch, kind[model.name].ink);
  }
  const base = model.layers.base.looks.fills, first = timeline.kinds.length + 1;
  const named = { worker: model.workers().map((_, i) => `W${i + 1}`), function: tasks.packed.function.short, status: tasks.packed.status.texts }[mode] ?? [];
  model.layers.base.kept.forEach((code, i) => {
    if (code >= first && named[code - first] !== undefined) add(base[i], named[code - first]);
    if (code === first - 1 && model.found) add(base[i], "not found");
  });
  byId("key").replaceChildren(...entries.slice(0, 40));
}

/** A colour with its hatch, as a background. */
function hatched(fill, hatch, ink) {
  const lines = (angle) => `repeating-linear-gradient(${angle}deg, ${ink} 0 1px, transparent 1px 4px)`;
  const angles = { "/": [135], "\\": [45], x: [45, 135], "-": [0], "|": [90], "+": [0, 90] }[hatch] ?? [];
  return [...angles.map(lines), `linear-gradient(${fill}, ${fill})`].join(", ");
}

function writeHead(data, show) {
  byId("title").textContent = data.title;
  byId("setting").textContent = data.setting.join(" · ");
  byId("in-numbers").textContent = `${data.in_numbers}.`;
  byId("made-by").textContent = data.made_by.join(" · ");
  if (data.lost.length) {
    byId("lost").hidden = false;
    byId("lost").textContent = `Not recorded — ${data.lost.join(", ")}`;
  }
  byId("findings").replaceChildren(...data.findings.map((one, i) => {
    const made = element("li", "", { class: i ? "" : "first" });
    const head = element("h3", one.title);
    head.append(" ", element("span", [one.code, one.share ? percent(one.share) : "", one.pool].filter(Boolean).join(" · "), { class: "faint" }));
    made.append(head, element("p", one.what));
    if (one.advice) made.append(element("p", `→ ${one.advice}`, { class: "advice" }));
    if (one.uncertain) made.append(element("p", `Uncertain: ${one.uncertain}`, { class: "faint" }));
    const button = element("button", "Show it in the chart", { type: "button" });
    button.addEventListener("click", () => show(one));
    made.append(button);
    return made;
  }));
  if (!data.findings.length) byId("findings").replaceWith(element("p", "There is nothing to judge."));
  const note = [`Times are counted from when ${data.timeline.zero_is}`];
  if (data.timeline.unit_ns > 1) note.push(`kept to ${duration(data.timeline.unit_ns)}`);
  if (data.timeline.merged_ns) note.push(`bars shorter than ${duration(data.timeline.merged_ns)} are merged`);
  byId("note").textContent = `${note.join("; ")}.`;
}

async function start() {
  const data = JSON.parse(byId("data").textContent);
  const bytes = await inflate(byId("bytes").textContent.trim());
  const model = new Model(data, bytes);
  const view = new View(model);
  writeHead(data, (finding) => {
    const { scale, timeline } = model;
    if (finding.window_ns) {
      const [from, to] = finding.window_ns.map((ns) => (ns - timeline.start_ns) / timeline.unit_ns);
      scale.show(from, to);
    } else scale.show(0, scale.length);
    view.moved();
    byId("timeline").scrollIntoView({ block: "start" });
  });
  writeKey(model);
  document.documentElement.dataset.ready = "yes";
  window.tracerReport = { model, view };
}

start().catch((error) => {
  const said = element("p", `This report cannot be shown: ${error.message}`, { class: "alert" });
  document.querySelector("main").prepend(said);
});
