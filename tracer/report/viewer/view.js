// The view: what is shown and selected, and what each act of the user does to it.
import { attach as attachGestures } from "./gestures.js";
import { Grid } from "./grid.js";
import { writeKey } from "./head.js";
import { attach as attachKeys, writeHelp } from "./keys.js";
import { measured } from "./measure.js";
import { Overlay } from "./overlay.js";
import { Painter } from "./paint.js";
import { visible } from "./pyramid.js";
import { Rows } from "./rows.js";
import { matches } from "./search.js";
import { writeTables } from "./tables.js";
import { describe } from "./task.js";
import { count, duration, element, size } from "./words.js";

const byId = (id) => document.getElementById(id);

export class View {
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
    model.dark.addEventListener("change", () => this.recolour());
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
    this.draw(); // at once: a canvas that has a new size is black
  }

  /** Draw anew with the next picture of the screen. */
  moved() {
    this.wanted ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.wanted = null;
    this.painter.paint(this.scroller.scrollTop);
    this.over();
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
      const sizes = ["args_bytes", "result_bytes"].map((one) => tasks.number(one, of));
      if (sizes[0] !== null) lines.push(`${size(sizes[0])} out${sizes[1] === null ? "" : `, ${size(sizes[1])} back`}`);
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
    if (from !== null && done) measured(this.model, ...this.overlay.stretch, byId("selected"));
  }
}

function spanName(model, row) {
  const code = model.spanCodes()[row];
  return code ? model.timeline.spans.texts[code - 1] : "";
}

function nameOf(lane) {
  return lane.pid === null ? lane.name : `${lane.name}, PID ${lane.pid}`;
}
