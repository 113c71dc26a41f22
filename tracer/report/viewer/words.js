// Numbers as every view of tracer writes them (`tracer/wording.py`).

const UNITS = [[1, "ns"], [1e3, "µs"], [1e6, "ms"]];

/** A number in three digits, without an exponent. */
export function digits(value) {
  return value === 0 ? "0" : String(Number(value.toPrecision(3)));
}

/** Nanoseconds in three digits, from a minute on as a clock. */
export function duration(ns) {
  if (ns < 0) return `−${duration(-ns)}`;
  for (const [unit, symbol] of UNITS) if (ns < 999.5 * unit) return `${digits(ns / unit)} ${symbol}`;
  const seconds = ns / 1e9;
  if (seconds < 59.95) return `${digits(seconds)} s`;
  const whole = Math.round(seconds), two = (number) => String(number).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${count(Math.floor(minutes / 60))} h ${two(minutes % 60)} min`;
}

/** A share of 0 to 1. */
export function percent(share) {
  if (share > 0 && share < 0.001) return "< 0.1 %";
  return share > 0 && share < 0.0995 ? `${(100 * share).toFixed(1)} %` : `${(100 * share).toFixed(0)} %`;
}

/** A number of bytes in three digits. */
export function size(number) {
  const index = [999.5, 999.5e3, 999.5e6, 999.5e9].filter((limit) => number >= limit).length;
  return `${digits(number / 1000 ** index)} ${["B", "kB", "MB", "GB", "TB"][index]}`;
}

/** A whole number with commas. */
export function count(number) {
  return number.toLocaleString("en-US");
}

/** One of the kinds of cells of a table, as text. */
export function cell(value, holds, zeroNs) {
  if (value === null || value === undefined) return "";
  if (holds === "ns") return duration(value);
  if (holds === "time") return duration(value - zeroNs);
  if (holds === "bytes") return size(value);
  if (holds === "share") return percent(value);
  if (holds === "count") return count(value);
  return String(value);
}

/** An element with text and attributes; names of the program's are only ever text. */
export function element(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  if (text !== "") made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
