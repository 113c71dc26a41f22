// Keys, wherever the focus is but in a field: W A S D as in Perfetto, and the ways from task to task.
import { element } from "./words.js";

export const KEYS = [
  ["w s", "zoom in, out"],
  ["a d", "move to the left, right"],
  ["0", "the whole run"],
  ["f", "show the selection"],
  ["[ ]", "task before, after in its lane"],
  [", .", "task before, after of its function"],
  ["k l", "task before, after on the critical path"],
  ["u", "to the cause: who sent it, who submitted it"],
  ["Backspace", "back to where you were"],
  ["/", "find"],
  ["Esc", "select nothing"],
];

export function attach(view) {
  const { model } = view, { scale } = model;
  const middle = () => (view.pointer >= 0 ? view.pointer : scale.width / 2);
  const acts = {
    w: () => zoomed(0.7), s: () => zoomed(1 / 0.7),
    a: () => panned(-0.15), d: () => panned(0.15),
    0: () => view.fit(),
    f: () => view.showSelected(),
    "[": () => view.beside(-1, "lane"), "]": () => view.beside(1, "lane"),
    ",": () => view.beside(-1, "function"), ".": () => view.beside(1, "function"),
    k: () => view.alongPath(-1), l: () => view.alongPath(1),
    u: () => view.toCause(),
    Backspace: () => view.back(),
    "/": () => document.getElementById("find").focus(),
    Escape: () => view.select(-1),
  };
  function zoomed(factor) {
    scale.zoom(factor, middle());
    view.moved();
  }
  function panned(share) {
    scale.pan(share * scale.width);
    view.moved();
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input, select, textarea");
    if (typing && event.key !== "Escape") return;
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    if (typing) event.target.blur();
    act();
  });
}

/** What the keys do, as a list. */
export function writeHelp(place) {
  const list = element("dl");
  for (const [keys, what] of KEYS) {
    const dt = element("dt");
    keys.split(" ").forEach((key) => dt.append(element("kbd", key), " "));
    list.append(dt, element("dd", what));
  }
  place.append(list, element("p", "Wheel or pinch: zoom. Drag over the lanes: measure; with Alt, or by touch: move. Drag over the axis: zoom in. Tab reaches the lanes; arrow keys walk from bar to bar."));
}
