// The page: data → model → view.
import { writeHead, writeKey } from "./head.js";
import { Model } from "./model.js";
import { inflate } from "./unpack.js";
import { View } from "./view.js";
import { element } from "./words.js";

const byId = (id) => document.getElementById(id);

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
  window.tracerReport = { model, view };
  requestAnimationFrame(() => requestAnimationFrame(() => { // what was asked for before is on the screen
    window.tracerReport.readyMs = performance.now();
    document.documentElement.dataset.ready = "yes";
  }));
}

start().catch((error) => {
  const said = element("p", `This report cannot be shown: ${error.message}`, { class: "alert" });
  document.querySelector("main").prepend(said);
});
