// What lies over the chart: what the pointer is on, the selected task with its way, the measured stretch.

import { duration } from "./words.js";

export class Overlay {
  constructor(model, canvas) {
    Object.assign(this, { model, canvas });
    this.hovered = null; // { row, start, end }
    this.focused = null; // the same, of the grid
    this.stretch = null; // [start, end], in units
    this.life = []; // of the selected task
    this.selected = -1;
  }

  resize(width, height, ratio) {
    Object.assign(this, { ratio });
    this.canvas.width = Math.max(Math.round(width * ratio), 1);
    this.canvas.height = Math.max(Math.round(height * ratio), 1);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
  }

  select(row) {
    this.selected = row;
    this.life = row < 0 ? [] : this.model.tasks.life(row);
  }

  paint(top) {
    const context = this.canvas.getContext("2d"), { ratio, model } = this, { scale } = model, theme = model.theme();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, scale.width, this.canvas.height / ratio);
    if (this.stretch) {
      const [a, b] = this.stretch.map((time) => scale.x(time));
      context.fillStyle = theme.accent;
      context.globalAlpha = 0.16;
      context.fillRect(a, 0, b - a, this.canvas.height);
      context.globalAlpha = 1;
      context.fillRect(a, 0, 1, this.canvas.height);
      context.fillRect(b - 1, 0, 1, this.canvas.height);
      this.ruler(context, (a + b) / 2, theme);
    }
    for (const one of [this.hovered, this.focused]) {
      if (one) this.outline(context, one.row, one.start, one.end, top, theme.text, 1.5);
    }
    this.way(context, top, theme);
  }

  /** How long the stretch is, at its middle. */
  ruler(context, x, theme) {
    const text = duration((this.stretch[1] - this.stretch[0]) * this.model.timeline.unit_ns);
    context.font = "600 13px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    const wide = context.measureText(text).width + 12, at = Math.min(Math.max(x, wide / 2), this.model.scale.width - wide / 2);
    context.fillStyle = theme.background;
    context.fillRect(at - wide / 2, 2, wide, 20);
    context.fillStyle = theme.text;
    context.fillText(text, at, 12.5);
  }

  outline(context, row, start, end, top, colour, width) {
    const { scale } = this.model;
    const a = Math.max(scale.x(start), -4), b = Math.min(scale.x(end), scale.width + 4);
    if (b < 0 || a > scale.width) return;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(a, row.y - top + 0.5, Math.max(b - a, 2), row.height - 1);
  }

  /** The selected task: its bars, and arrows from where it was submitted, over the lanes, to its delivery. */
  way(context, top, theme) {
    const { model, life } = this, { rows, timeline, tasks } = model;
    if (this.selected < 0) return;
    const place = (lane) => {
      const row = rows.of(lane);
      return row ? { row, y: row.y + row.height / 2 - top } : null;
    };
    const points = [];
    const home = timeline.lanes.findIndex((lane) => lane.role === "main");
    const submitted = tasks.number("submitted", this.selected), delivered = tasks.number("delivered", this.selected);
    if (submitted !== null && home >= 0) points.push({ lane: home, start: submitted, end: submitted });
    for (const one of life) {
      const at = place(one.lane);
      if (at) this.outline(context, at.row, one.start, one.end, top, theme.accent, 2);
      if (one.kind.name !== "wait") points.push(one);
    }
    if (delivered !== null && home >= 0) points.push({ lane: home, start: delivered, end: delivered });
    context.strokeStyle = context.fillStyle = theme.accent;
    context.lineWidth = 2;
    for (let i = 1; i < points.length; i++) {
      const [one, next] = [points[i - 1], points[i]];
      if (one.lane === next.lane) continue;
      const from = place(one.lane), to = place(next.lane);
      if (from && to) this.arrow(context, Math.min(one.end, next.start), from.y, next.start, to.y);
    }
  }

  arrow(context, from, y0, to, y1) {
    const { scale } = this.model, x0 = scale.x(from), x1 = scale.x(to), by = Math.sign(y1 - y0) || 1;
    if (Math.max(x0, x1) < 0 || Math.min(x0, x1) > scale.width) return;
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1 - by * 7);
    context.stroke();
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x1 - 5, y1 - by * 9);
    context.lineTo(x1 + 5, y1 - by * 9);
    context.fill();
  }
}
