// Tasks: what is known of each, its life over the lanes, and which others are near to it.
import { column } from "./unpack.js";
import { cell, count, duration, element, size } from "./words.js";
import { RUNS } from "./paint.js";

export class Tasks {
  constructor(model, bytes) {
    const packed = model.timeline.tasks;
    this.model = model;
    this.count = packed.count;
    this.packed = packed;
    this.bytes = bytes;
    this.known = {};
  }

  /** A column of numbers; of those that may be missing, 0 is missing and the rest 1 too high. */
  column(name) {
    const { packed } = this;
    return (this.known[name] ??= column(this.bytes, packed[name].code ?? packed[name]));
  }

  /** A text of a task: its function, label, status, error or kind; "" where it has none. */
  text(name, row) {
    const code = this.column(name)[row];
    return code ? this.packed[name].texts[code - 1] : "";
  }

  /** A number of a task, null where it is missing. */
  number(name, row) {
    const value = this.column(name)[row];
    return value ? value - 1 : null;
  }

  get numbers() {
    return this.column("number");
  }

  /** What stands on its bar, in at most so many letters: its label, else its number. */
  title(row, letters) {
    const label = this.text("label", row), number = String(this.numbers[row]);
    if (label && label.length <= letters) return label;
    if (label && letters >= 8) return `${label.slice(0, Math.floor(letters) - 1)}…`;
    return number.length <= letters ? number : "";
  }

  /** Its function without the module, with its number: `square 5`. */
  name(row) {
    const code = this.column("function")[row];
    const called = this.text("label", row) || (code ? this.packed.function.short[code - 1] : "task");
    return `task ${this.numbers[row]}: ${called}`;
  }

  /** The bars of a task on all lanes, in the order of their starts: `{ at, lane, kind, start, end }`. */
  life(row) {
    const { layer } = this.model.layers.base, found = [];
    for (let lane = 0; lane < layer.lanes; lane++) {
      for (let at = layer.first[lane]; at < layer.first[lane + 1]; at++) {
        if (layer.row[at] !== row) continue;
        const kind = this.model.timeline.kinds[layer.kind[at]];
        found.push({ at, lane, kind, start: layer.start[at], end: layer.end[at] });
      }
    }
    return found.sort((one, other) => one.start - other.start || one.end - other.end);
  }

  /** When a task's function was entered and left; null where neither was seen. */
  run(row) {
    const { starts, ends } = this.runs();
    return starts[row] < 0 ? null : [starts[row], ends[row]];
  }

  runs() {
    if (this.ran) return this.ran;
    const { layer } = this.model.layers.base;
    const starts = new Int32Array(this.count).fill(-1), ends = new Int32Array(this.count).fill(-1);
    const isRun = this.model.timeline.kinds.map((kind) => RUNS.has(kind.name));
    for (let i = 0; i < layer.row.length; i++) {
      if (layer.row[i] < 0 || !isRun[layer.kind[i]]) continue;
      starts[layer.row[i]] = layer.start[i];
      ends[layer.row[i]] = layer.end[i];
    }
    return (this.ran = { starts, ends });
  }

  /** The rows of tasks that ran, in the order of their starts. */
  inOrder() {
    if (this.ordered) return this.ordered;
    const { starts } = this.runs();
    const rows = Uint32Array.from({ length: this.count }, (_, row) => row).filter((row) => starts[row] >= 0);
    return (this.ordered = rows.sort((one, other) => starts[one] - starts[other]));
  }

  /** The next task after (by 1) or before (by -1) a row for which `fits(row)`; -1: none. */
  beside(row, by, fits) {
    const order = this.inOrder();
    let at = order.indexOf(row);
    if (at < 0) at = by > 0 ? -1 : order.length;
    for (at += by; at >= 0 && at < order.length; at += by) if (fits(order[at])) return order[at];
    return -1;
  }

  onCriticalPath() {
    return (this.path ??= column(this.bytes, this.model.timeline.critical));
  }
}

/** Write what is known of a task into `place`; `go(row)` selects another one, `show(row)` shows this one. */
export function describe(model, row, place, go, show) {
  const { tasks, timeline } = model, unit = timeline.unit_ns;
  const at = (time) => duration((time - timeline.zero) * unit);
  const facts = [
    ["function", tasks.text("function", row)],
    ["works on", tasks.text("label", row)],
    ["items", tasks.number("items", row) > 1 ? count(tasks.number("items", row)) : ""],
    ["status", [tasks.text("status", row), tasks.text("error", row)].filter(Boolean).join(": ")],
    ["pool", [tasks.number("pool", row), tasks.text("kind", row)].filter((one) => one !== null && one !== "").join(", ")],
    ["worker", workerOf(model, tasks.column("lane")[row] - 1)],
    ["core", coreOf(tasks.number("core_start", row), tasks.number("core_end", row))],
    ["CPU time", cell(tasks.number("cpu_ns", row), "ns")],
    ["ready, without a core", cell(tasks.number("runq_ns", row), "ns")],
    ["arguments", sized(tasks.number("args_bytes", row))],
    ["result", sized(tasks.number("result_bytes", row))],
    ["submitted", tasks.number("submitted", row) === null ? "" : at(tasks.number("submitted", row))],
    ["delivered", tasks.number("delivered", row) === null ? "" : at(tasks.number("delivered", row))],
  ].filter(([, value]) => value !== "" && value !== null);
  const list = element("dl");
  for (const [name, value] of facts) list.append(element("dt", name), element("dd", value));
  const steps = element("table");
  const head = element("tr");
  for (const title of ["step", "lane", "from", "took"]) head.append(element("th", title, { scope: "col" }));
  const body = element("tbody");
  for (const one of tasks.life(row)) {
    const line = element("tr"), swatch = element("span", "", { class: "swatch" });
    swatch.style.background = model.look(one.kind.name).fill;
    const step = element("td");
    step.append(swatch, one.kind.label);
    line.append(step, element("td", timeline.lanes[one.lane].name), element("td", at(one.start), { class: "number" }));
    line.append(element("td", duration((one.end - one.start) * unit), { class: "number" }));
    body.append(line);
  }
  const top = element("thead");
  top.append(head);
  steps.append(element("caption", "Its life"), top, body);
  const bar = element("p", "", { class: "bar" });
  const button = (text, act) => {
    const made = element("button", text, { type: "button" });
    made.addEventListener("click", act);
    bar.append(made);
  };
  const lane = tasks.column("lane"), called = tasks.column("function");
  button("Show it", () => show(row));
  button("← before in its lane", () => go(tasks.beside(row, -1, (one) => lane[one] === lane[row])));
  button("after in its lane →", () => go(tasks.beside(row, 1, (one) => lane[one] === lane[row])));
  button("← before of its function", () => go(tasks.beside(row, -1, (one) => called[one] === called[row])));
  button("after of its function →", () => go(tasks.beside(row, 1, (one) => called[one] === called[row])));
  place.replaceChildren(element("h3", tasks.name(row)), bar, list, steps);
}

function workerOf(model, lane) {
  const one = model.timeline.lanes[lane];
  return one ? [one.name, one.pid].filter((part) => part !== null).join(" · ") : "";
}

function coreOf(first, last) {
  if (first === null) return "";
  return last === null || last === first ? String(first) : `${first}, then ${last}`;
}

function sized(bytes) {
  return bytes === null ? "" : size(bytes);
}
