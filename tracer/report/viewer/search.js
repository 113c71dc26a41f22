// Find tasks: by function, label, status, error, worker's name or PID, or number.

/** Which tasks a text finds, as 0 or 1 for each row; null where there is nothing to find. */
export function matches(model, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return null;
  const { tasks, timeline } = model, found = new Uint8Array(tasks.count);
  for (const name of ["function", "label", "status", "error"]) {
    const hit = tasks.packed[name].texts.map((one) => one.toLowerCase().includes(wanted));
    if (!hit.includes(true)) continue;
    const code = tasks.column(name);
    for (let row = 0; row < found.length; row++) if (code[row] && hit[code[row] - 1]) found[row] = 1;
  }
  const lanes = timeline.lanes.map((lane) => lane.name.toLowerCase().includes(wanted) || String(lane.pid) === wanted || `w${lane.number}` === wanted);
  const lane = tasks.column("lane");
  for (let row = 0; row < found.length; row++) if (lane[row] && lanes[lane[row] - 1]) found[row] = 1;
  const number = Number(wanted.replace(/^task /, ""));
  if (Number.isInteger(number)) {
    const numbers = tasks.numbers;
    for (let row = 0; row < found.length; row++) if (numbers[row] === number) found[row] = 1;
  }
  return found;
}
