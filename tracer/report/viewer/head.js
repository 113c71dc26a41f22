// What stands around the chart: title, findings, key to the colours.
import { RUNS } from "./paint.js";
import { duration, element, percent } from "./words.js";

const byId = (id) => document.getElementById(id);

/** The key to the colours: the kinds that the chart has, or the classes of the colours that were chosen. */
export function writeKey(model) {
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

export function writeHead(data, show) {
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
