// A measured stretch of time: what the workers on screen did in it.
import { RUNS } from "./paint.js";
import { visible } from "./pyramid.js";
import { count, duration, element, percent } from "./words.js";

/** Write into `place` what a stretch from `start` to `end` is made of. */
export function measured(model, start, end, place) {
  const { timeline } = model, unit = timeline.unit_ns;
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
  place.replaceChildren(element("h3", "A stretch"), element("p", said), table);
}
