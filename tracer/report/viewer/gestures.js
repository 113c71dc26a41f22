// Pointers: the wheel zooms, dragging measures (over the axis: zooms), pinching zooms, the map moves the window.

const CLICK = 4; // pixels up to which a press is no drag

export function attach(view) {
  const { model, chart, axis, map, scroller } = view, { scale } = model;
  const pressed = new Map();

  chart.addEventListener("wheel", (event) => {
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!sideways && event.deltaY > 0 && scale.span === scale.length) return; // no farther: the page scrolls
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    if (sideways) {
      scale.pan((event.deltaX || event.deltaY) * lines);
    } else {
      scale.zoom(Math.exp(Math.max(-1, Math.min(1, (event.deltaY * lines) / 240))), event.offsetX);
    }
    view.moved();
  }, { passive: false });

  chart.addEventListener("pointerdown", (event) => {
    chart.setPointerCapture(event.pointerId);
    pressed.set(event.pointerId, { x: event.offsetX, y: event.offsetY, from: event.offsetX, top: scroller.scrollTop, at: event.offsetY, dragged: false });
  });
  chart.addEventListener("pointermove", (event) => {
    const mine = pressed.get(event.pointerId);
    if (!mine) {
      view.hover(event.offsetX, event.offsetY, event.clientX, event.clientY);
      return;
    }
    if (pressed.size === 2) {
      const [one, other] = [...pressed.values()];
      const before = Math.abs(one.x - other.x) || 1;
      mine.x = event.offsetX;
      const after = Math.abs(one.x - other.x) || 1;
      scale.zoom(before / after, (one.x + other.x) / 2);
      one.dragged = other.dragged = true;
      view.moved();
      return;
    }
    const moves = event.pointerType === "touch" || event.buttons === 4 || event.altKey;
    if (Math.abs(event.offsetX - mine.from) > CLICK || Math.abs(event.offsetY - mine.at) > CLICK) mine.dragged = true;
    if (mine.dragged && moves) {
      scale.pan(mine.x - event.offsetX);
      scroller.scrollTop = mine.top + mine.at - event.offsetY;
      view.moved();
    } else if (mine.dragged) {
      view.measure(scale.time(mine.from), scale.time(event.offsetX), false);
    }
    mine.x = event.offsetX;
  });
  const released = (event) => {
    const mine = pressed.get(event.pointerId);
    pressed.delete(event.pointerId);
    if (!mine || event.type === "pointercancel") return;
    if (!mine.dragged) view.press(event.offsetX, event.offsetY);
    else if (event.pointerType !== "touch" && event.button === 0 && !event.altKey) view.measure(scale.time(mine.from), scale.time(event.offsetX), true);
  };
  chart.addEventListener("pointerup", released);
  chart.addEventListener("pointercancel", released);
  chart.addEventListener("pointerleave", () => view.hover(-1, -1));
  chart.addEventListener("dblclick", (event) => {
    scale.zoom(0.25, event.offsetX);
    view.moved();
  });

  drag(axis, (from, to) => view.overlayStretch(scale.time(from), scale.time(to)), (from, to) => {
    view.overlayStretch(null);
    if (Math.abs(to - from) <= CLICK) return;
    scale.show(scale.time(Math.min(from, to)), scale.time(Math.max(from, to)));
    view.moved();
  });
  const centre = (_, x) => {
    const middle = (x / scale.width) * scale.length;
    scale.show(middle - scale.span / 2, middle + scale.span / 2);
    view.moved();
  };
  drag(map, centre, centre, centre);
}

/** Call `while_(from, x)` as a pointer is dragged, `then(from, x)` at its end; `begin` as it goes down. */
function drag(canvas, while_, then, begin) {
  let from = null;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    from = event.offsetX;
    begin?.(from, from);
  });
  canvas.addEventListener("pointermove", (event) => from !== null && while_(from, event.offsetX));
  canvas.addEventListener("pointerup", (event) => {
    if (from !== null) then(from, event.offsetX);
    from = null;
  });
  canvas.addEventListener("pointercancel", () => { from = null; });
}
