// The rows of the chart: which lanes and cores are shown, where they lie, and their labels at the left.
import { element } from "./words.js";

const LEAST = 18, USUAL = 30, TALLEST = 46, ROOM = 430, GAP = 4, CORE = 20, BETWEEN = 14;

export class Rows {
  constructor(model, labels, changed) {
    this.model = model;
    this.labels = labels;
    this.changed = changed;
    this.folded = new Set(); // processes whose threads are not shown
    this.hidden = new Set(); // lanes
    this.list = [];
    this.height = 0;
    this.lay();
  }

  /** Lay the rows out anew, and write their labels. */
  lay() {
    const { lanes, cores } = this.model.timeline;
    const shown = lanes.map((lane, index) => ({ lane, index })).filter(({ lane, index }) => this.shows(lane, index));
    const coreRows = cores ? cores.lanes : [];
    const units = shown.reduce((sum, { lane }) => sum + lane.height, 0) || 1;
    const unit = Math.min(Math.max((ROOM - coreRows.length * CORE) / units, USUAL), TALLEST);
    let y = GAP;
    this.list = shown.map(({ lane, index }) => {
      const height = Math.max(Math.round(unit * lane.height), LEAST);
      const row = { lane: index, core: -1, y, height: height - GAP };
      y += height;
      return row;
    });
    if (coreRows.length) y += BETWEEN;
    coreRows.forEach((core, index) => {
      const height = Math.max(Math.round(CORE / core.rows), 8);
      this.list.push({ lane: -1, core: index, y, height: height - (core.row === core.rows - 1 ? GAP : 0) });
      y += height;
    });
    this.height = y + GAP;
    this.write();
  }

  shows(lane, index) {
    return !this.hidden.has(index) && !(isThread(lane) && this.folded.has(lane.process));
  }

  /** The row at a height, null between rows. */
  at(y) {
    return this.list.find((row) => y >= row.y && y < row.y + row.height) ?? null;
  }

  of(lane) {
    return this.list.find((row) => row.lane === lane) ?? null;
  }

  write() {
    this.labels.replaceChildren(...this.list.map((row) => (row.lane < 0 ? this.core(row) : this.label(row))));
    this.labels.style.height = `${this.height}px`;
    const all = this.hidden.size > 0;
    const side = document.getElementById("axis-side");
    side.replaceChildren();
    if (all) {
      const button = element("button", `show ${this.hidden.size} hidden`, { type: "button", class: "quiet" });
      button.addEventListener("click", () => { this.hidden.clear(); this.again(); });
      side.append(button);
    }
    for (const chip of this.labels.querySelectorAll("[data-number]")) {
      const look = this.model.workers()[chip.dataset.number - 1];
      chip.style.background = look.fill;
      chip.style.color = look.text;
    }
  }

  core(row) {
    const { core, row: part } = this.model.timeline.cores.lanes[row.core];
    const made = element("div", part ? "" : `core ${core}`, { class: "label core" });
    return placed(made, row);
  }

  label(row) {
    const lane = this.model.timeline.lanes[row.lane];
    const made = element("div", "", { class: lane.hidden ? "label hidden-thread" : "label" });
    if (lane.wrong) made.classList.add("wrong");
    const threads = this.model.timeline.lanes.filter((one) => isThread(one) && one.process === lane.process);
    if (!isThread(lane) && threads.length) {
      const folded = this.folded.has(lane.process);
      const fold = element("button", folded ? "▸" : "▾", { type: "button", class: "quiet", "aria-expanded": String(!folded) });
      fold.setAttribute("aria-label", `threads of ${lane.name}`);
      fold.addEventListener("click", () => {
        if (!this.folded.delete(lane.process)) this.folded.add(lane.process);
        this.again();
      });
      made.append(fold);
    }
    const who = lane.pid === null || lane.hidden ? lane.name : `${lane.name} · ${lane.pid}`;
    const name = element("span", lane.pinned.length ? `${who} · core ${lane.pinned.join(", ")}` : who, { class: "name" });
    name.title = who;
    const hide = element("button", "×", { type: "button", class: "quiet hide", "aria-label": `hide ${lane.name}` });
    hide.addEventListener("click", () => { this.hidden.add(row.lane); this.again(); });
    made.append(hide, name);
    if (lane.number !== null) made.append(element("span", String(lane.number), { class: "chip", "data-number": lane.number }));
    return placed(made, row);
  }

  again() {
    this.lay();
    this.changed();
  }
}

function isThread(lane) {
  return lane.hidden || lane.tid !== null;
}

function placed(made, row) {
  made.style.top = `${row.y}px`;
  made.style.height = `${row.height}px`;
  return made;
}
