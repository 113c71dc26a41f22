// The tables below the chart: sorted by a click on a column's title, copied as CSV, with the selection in common.
import { cell, count, element } from "./words.js";

const SHOWN = 200;

/** Write all tables into `place`; returns `select(row)` of the tasks' one. */
export function writeTables(model, place, choose) {
  const zero = model.timeline.zero * model.timeline.unit_ns + 0;
  place.replaceChildren(...model.data.tables.filter((table) => table.rows.length).map((table) => listed(table, zero)));
  const tasks = new TaskTable(model, choose);
  if (model.tasks.count) place.append(tasks.made);
  return tasks;
}

function framed(title, table, asText) {
  const made = element("details", "", { class: "table" });
  const copy = element("button", "Copy as CSV", { type: "button", class: "quiet" });
  copy.addEventListener("click", () => copied(copy, asText()));
  const scroll = element("div", "", { class: "scroll", tabindex: "0", role: "region", "aria-label": title });
  scroll.append(table);
  made.append(element("summary", title), copy, scroll);
  return made;
}

function listed(data, zero) {
  const { columns } = data;
  let rows = data.rows;
  const table = element("table"), body = element("tbody");
  const fill = () => {
    body.replaceChildren(...rows.map((row) => {
      const line = element("tr");
      row.forEach((value, i) => line.append(element("td", cell(value, columns[i][1], zero), columns[i][1] === "text" ? {} : { class: "number" })));
      return line;
    }));
  };
  table.append(headed(columns, (i, up) => {
    rows = [...data.rows].sort((one, other) => (up ? 1 : -1) * compared(one[i], other[i]));
    fill();
  }), body);
  fill();
  const made = framed(data.title, table, () => csv([columns.map(([title, holds]) => (holds === "ns" ? `${title} (ns)` : title)), ...rows]));
  if (data.name === "account") made.open = true;
  return made;
}

function compared(one, other) {
  if (one === null || other === null) return (one === null) - (other === null);
  return typeof one === "string" ? one.localeCompare(other) : one - other;
}

function headed(columns, sort) {
  const head = element("thead"), line = element("tr");
  columns.forEach(([title, holds], i) => {
    const th = element("th", "", { scope: "col" });
    const button = element("button", title, { type: "button", class: "quiet" });
    button.addEventListener("click", () => {
      const up = th.getAttribute("aria-sort") === "descending" || (!th.hasAttribute("aria-sort") && holds === "text");
      for (const one of line.children) one.removeAttribute("aria-sort");
      th.setAttribute("aria-sort", up ? "ascending" : "descending");
      sort(i, up);
    });
    th.append(button);
    line.append(th);
  });
  head.append(line);
  return head;
}

/** All tasks, of which so many rows are written as fit below one another. */
class TaskTable {
  constructor(model, choose) {
    Object.assign(this, { model, choose });
    this.order = null;
    this.from = 0;
    this.selected = -1;
    this.body = element("tbody");
    this.table = element("table");
    this.made = framed(`Tasks (${count(model.tasks.count)})`, this.table, () => this.csv());
    this.pages = element("p", "", { class: "bar" });
    this.made.append(this.pages);
    this.made.addEventListener("toggle", () => this.made.open && this.write());
  }

  /** The columns, made when they are first needed: most reports are closed without. */
  get columns() {
    return (this.known ??= this.named());
  }

  named() {
    const { model } = this, { tasks } = model, unit = model.timeline.unit_ns;
    const { starts, ends } = tasks.runs();
    const text = (name) => [name === "label" ? "works on" : name, "text", (row) => tasks.text(name, row)];
    const number = (title, name, holds) => [title, holds, (row) => tasks.number(name, row)];
    return [
      ["task", "id", (row) => tasks.numbers[row]],
      text("function"), text("label"), text("status"),
      ["worker", "text", (row) => model.timeline.lanes[tasks.column("lane")[row] - 1]?.name ?? ""],
      ["from", "ns", (row) => (starts[row] < 0 ? null : (starts[row] - model.timeline.zero) * unit)],
      ["ran", "ns", (row) => (starts[row] < 0 ? null : (ends[row] - starts[row]) * unit)],
      number("CPU time", "cpu_ns", "ns"), number("ready, without a core", "runq_ns", "ns"),
      number("arguments", "args_bytes", "bytes"), number("result", "result_bytes", "bytes"),
    ].filter(([title, , of]) => ["task", "function", "ran"].includes(title) || this.any(of));
  }

  any(of) {
    for (let row = 0; row < Math.min(this.model.tasks.count, 5000); row++) {
      const value = of(row);
      if (value !== null && value !== "") return true;
    }
    return false;
  }

  rows() {
    return (this.order ??= Uint32Array.from({ length: this.model.tasks.count }, (_, row) => row));
  }

  sort(i, up) {
    const [, holds, of] = this.columns[i], rows = this.rows(), sign = up ? 1 : -1;
    if (holds === "text") rows.sort((one, other) => sign * of(one).localeCompare(of(other)) || one - other);
    else {
      const keys = Float64Array.from({ length: rows.length }, (_, row) => of(row) ?? (up ? Infinity : -Infinity));
      rows.sort((one, other) => sign * (keys[one] - keys[other]) || one - other);
    }
    this.from = 0;
    this.write();
  }

  select(row) {
    this.selected = row;
    if (this.made.open) this.write();
  }

  write() {
    const rows = this.rows(), to = Math.min(this.from + SHOWN, rows.length);
    if (!this.body.parentNode) this.table.append(headed(this.columns, (i, up) => this.sort(i, up)), this.body);
    const lines = [];
    for (let i = this.from; i < to; i++) {
      const row = rows[i], line = element("tr", "", row === this.selected ? { "aria-selected": "true" } : {});
      this.columns.forEach(([title, holds, of], c) => {
        const td = element("td", "", holds === "text" ? {} : { class: "number" });
        if (c === 0) {
          const go = element("button", String(of(row)), { type: "button", class: "quiet", "aria-label": `${title} ${of(row)}` });
          go.addEventListener("click", () => this.choose(row));
          td.append(go);
        } else td.textContent = cell(of(row), holds, 0);
        line.append(td);
      });
      lines.push(line);
    }
    this.body.replaceChildren(...lines);
    this.pages.replaceChildren(`${count(this.from + 1)} to ${count(to)} of ${count(rows.length)} `);
    for (const [text, by] of [["← before", -SHOWN], ["after →", SHOWN]]) {
      const there = this.from + by;
      if (there < 0 || there >= rows.length) continue;
      const button = element("button", text, { type: "button" });
      button.addEventListener("click", () => { this.from = there; this.write(); });
      this.pages.append(button);
    }
  }

  csv() {
    const lines = [this.columns.map(([title, holds]) => (holds === "ns" ? `${title} (ns)` : title))];
    for (const row of this.rows()) lines.push(this.columns.map(([, , of]) => of(row)));
    return csv(lines);
  }
}

/** Rows as RFC 4180 has them; a text that a spreadsheet would take for a formula gets an apostrophe. */
export function csv(rows) {
  const one = (value) => {
    if (value === null || value === undefined) return "";
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(one).join(",")).join("\r\n") + "\r\n";
}

async function copied(button, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = element("textarea", "");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy as CSV"; }, 1500);
}
