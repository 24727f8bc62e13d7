/** From a curve to a path: the part in view, no more points than pixels. */

import { lastAtOrBelow, readAt } from "./planned";

/** What a path is drawn into: a canvas, or the text of an SVG path. */
export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

/** Points to draw; NaN is a gap. */
export interface Line {
  xs: Float64Array;
  ys: Float64Array;
  /** Whether each value holds until the next point. */
  stepped: boolean;
  /** Whether the values between two points lie on the straight line: true of a plan, not known of a sample. */
  exact: boolean;
}

/** From values to pixels, both linear; with `log`, y is the decimal logarithm. */
export interface Frame {
  low: number;
  high: number;
  scaleX: number;
  offsetX: number;
  scaleY: number;
  offsetY: number;
  log: boolean;
}

/** Pixels within which two points look like one. */
const SAME = 0.6;

/** The indices [first, last] that a window needs: one point beyond each edge. */
export function inView(xs: Float64Array, low: number, high: number): [number, number] {
  const first = Math.max(0, lastAtOrBelow(xs, low));
  const after = lastAtOrBelow(xs, high) + 1;
  return [first, Math.min(xs.length - 1, after)];
}

/** Draws a line, thinned to the lowest and highest value of each pixel where points are dense. */
export function trace(line: Line, frame: Frame, pen: Pen): void {
  const [first, last] = inView(line.xs, frame.low, frame.high);
  const pixels = (frame.high - frame.low) * Math.abs(frame.scaleX);
  if (frame.log && line.exact && !line.stepped) traceBent(line, frame, pen);
  else if (last - first > 2 * pixels) traceDense(line, frame, pen, first, last);
  else traceAll(line, frame, pen, first, last);
}

function traceAll(line: Line, frame: Frame, pen: Pen, first: number, last: number): void {
  const { xs, ys, stepped } = line;
  const { scaleX, offsetX, scaleY, offsetY, log } = frame;
  let down = false;
  let beforeX = 0;
  let beforeY = 0;
  for (let i = first; i <= last; i++) {
    const value = log ? Math.log10(ys[i] as number) : (ys[i] as number);
    if (!Number.isFinite(value)) {
      down = false;
      continue;
    }
    const x = (xs[i] as number) * scaleX + offsetX;
    const y = value * scaleY + offsetY;
    if (!down) pen.moveTo(x, y);
    else if (i < last && Math.abs(x - beforeX) < SAME && Math.abs(y - beforeY) < SAME) continue;
    else {
      if (stepped) pen.lineTo(x, beforeY);
      pen.lineTo(x, y);
    }
    beforeX = x;
    beforeY = y;
    down = true;
  }
}

function traceDense(line: Line, frame: Frame, pen: Pen, first: number, last: number): void {
  const { xs, ys } = line;
  const { scaleX, offsetX, scaleY, offsetY, log } = frame;
  let column = Number.NaN;
  let low = 0;
  let high = 0;
  let end = 0;
  let down = false;
  const close = (): void => {
    if (Number.isNaN(column)) return;
    if (down) pen.lineTo(column, low);
    else pen.moveTo(column, low);
    if (high !== low) pen.lineTo(column, high);
    if (end !== high) pen.lineTo(column, end);
    down = true;
  };
  for (let i = first; i <= last; i++) {
    const value = log ? Math.log10(ys[i] as number) : (ys[i] as number);
    if (!Number.isFinite(value)) {
      close();
      column = Number.NaN;
      down = false;
      continue;
    }
    const x = Math.round((xs[i] as number) * scaleX + offsetX);
    const y = value * scaleY + offsetY;
    if (x === column) {
      low = Math.min(low, y);
      high = Math.max(high, y);
    } else {
      close();
      column = x;
      low = high = y;
    }
    end = y;
  }
  close();
}

/** A straight line is bent on a logarithmic axis: it is read at every second pixel and at its points. */
function traceBent(line: Line, frame: Frame, pen: Pen): void {
  const [first, last] = inView(line.xs, frame.low, frame.high);
  if (last < first) return;
  const xs = [line.xs[first] as number];
  for (let i = first + 1; i <= last; i++) {
    const [from, to] = [line.xs[i - 1] as number, line.xs[i] as number];
    const parts = Math.min(4096, Math.ceil(((to - from) * Math.abs(frame.scaleX)) / 2));
    for (let part = 1; part <= parts; part++) xs.push(part === parts ? to : from + ((to - from) * part) / parts);
  }
  const ys = Float64Array.from(xs, (x) => readAt(line.xs, line.ys, x, false));
  traceAll({ ...line, xs: Float64Array.from(xs), ys }, frame, pen, 0, xs.length - 1);
}

/** Calls `use` for each point in view, for markers. */
export function eachPoint(line: Line, frame: Frame, use: (x: number, y: number, index: number) => void): void {
  const [first, last] = inView(line.xs, frame.low, frame.high);
  for (let i = first; i <= last; i++) {
    const value = frame.log ? Math.log10(line.ys[i] as number) : (line.ys[i] as number);
    if (Number.isFinite(value)) use((line.xs[i] as number) * frame.scaleX + frame.offsetX, value * frame.scaleY + frame.offsetY, i);
  }
}
