// The lanes for who does not see them: a grid of a row a lane, whose cell is the bar that the keys have reached.
import { lowerBound } from "./pyramid.js";
import { duration, element } from "./words.js";

export class Grid {
  constructor(view, place) {
    Object.assign(this, { view, place });
    this.at = 0; // the lane
    this.cells = [];
    const { timeline, layers } = view.model;
    this.layer = layers.base.layer;
    this.bars = timeline.lanes.map((_, lane) => this.layer.first[lane]);
    place.setAttribute("aria-rowcount", String(timeline.lanes.length));
    timeline.lanes.forEach((lane, index) => {
      const row = element("div", "", { role: "row", "aria-rowindex": String(index + 1) });
      const cell = element("div", "", { role: "gridcell", tabindex: index ? "-1" : "0" });
      cell.addEventListener("focus", () => this.focused(index));
      cell.addEventListener("blur", () => view.focus(null));
      cell.addEventListener("keydown", (event) => this.key(event));
      row.append(element("div", lane.pid === null ? lane.name : `${lane.name}, PID ${lane.pid}`, { role: "rowheader" }), cell);
      this.cells.push(cell);
      place.append(row);
      cell.textContent = this.said(index);
    });
  }

  /** What is said of the bar that was reached on a lane. */
  said(lane) {
    const { model } = this.view, { timeline, tasks } = model, at = this.bars[lane];
    if (at >= this.layer.first[lane + 1]) return "no bars";
    const unit = timeline.unit_ns, kind = timeline.kinds[this.layer.kind[at]], row = this.layer.row[at];
    const start = duration((this.layer.start[at] - timeline.zero) * unit);
    const what = row >= 0 ? `${tasks.name(row)}, ${kind.label}` : kind.label;
    const number = at - this.layer.first[lane] + 1, of = this.layer.first[lane + 1] - this.layer.first[lane];
    return `${what}, ${duration((this.layer.end[at] - this.layer.start[at]) * unit)}, from ${start}, ${number} of ${of}`;
  }

  focused(lane) {
    this.at = lane;
    for (const [index, cell] of this.cells.entries()) cell.tabIndex = index === lane ? 0 : -1;
    const at = this.bars[lane];
    this.view.focus(at < this.layer.first[lane + 1] ? { lane, start: this.layer.start[at], end: this.layer.end[at] } : null);
  }

  key(event) {
    const lane = this.at, first = this.layer.first[lane], last = this.layer.first[lane + 1] - 1;
    const there = { ArrowLeft: this.bars[lane] - 1, ArrowRight: this.bars[lane] + 1, Home: first, End: last }[event.key];
    if (there !== undefined) this.bars[lane] = Math.min(Math.max(there, first), Math.max(last, first));
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") this.toLane(lane + (event.key === "ArrowUp" ? -1 : 1));
    else if (event.key === "Enter" || event.key === " ") {
      const row = this.layer.row[this.bars[lane]];
      if (row >= 0) this.view.select(row);
    } else return;
    event.preventDefault();
    event.stopPropagation();
    this.cells[this.at].textContent = this.said(this.at);
    this.cells[this.at].focus();
    this.focused(this.at);
  }

  /** Go to another lane, to what it did at the same time. */
  toLane(lane) {
    if (lane < 0 || lane >= this.cells.length) return;
    const time = this.layer.start[this.bars[this.at]] ?? 0;
    const first = this.layer.first[lane], last = this.layer.first[lane + 1];
    if (last > first) this.bars[lane] = Math.max(Math.min(lowerBound(this.layer.start, first, last, time + 1) - 1, last - 1), first);
    this.at = lane;
  }
}
