/** The range of an axis. */

import type { Curve } from "./curves";
import { inView } from "./trace";

export type Range = [low: number, high: number];

/** From the first to the last point of all curves; null where there is none. */
export function xExtent(curves: Iterable<Curve>): Range | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { xs } of curves) {
    for (const x of [xs[0], xs[xs.length - 1]]) {
      if (x === undefined || !Number.isFinite(x)) continue;
      low = Math.min(low, x);
      high = Math.max(high, x);
    }
  }
  if (low > high) return null;
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

export interface YExtent {
  range: Range;
  /** Points beyond the range, left out so that the others can be told apart. */
  beyond: number;
}

/** Which part of the points is the bulk, and how many times its width beyond it a value still counts. */
const BULK = [0.05, 0.95] as const;
const FAR = 1;
/** A range is cut only where that makes it this much smaller. */
const WORTH = 0.5;
const SAMPLES = 2000;
/** Differences of values beyond it overflow, and with them no curve would be drawn. */
const LARGEST = 1e300;
/** Multiples of it, modulo 1, spread evenly and hit no period of the data. */
const GOLDEN = 0.6180339887498949;

/**
 * The range of the values in view, padded; in decades where `log`. With `clip`, a few
 * values far from all others (the first losses, a step that compiled) do not count.
 */
export function yExtent(curves: Iterable<Curve>, [from, to]: Range, log: boolean, clip: boolean): YExtent | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const values: number[] = [];
  for (const { xs, ys } of curves) {
    const [first, last] = inView(xs, from, to);
    for (let i = first; i <= last; i++) {
      const y = ys[i] as number;
      if (!(Math.abs(y) < LARGEST) || (log && y <= 0)) continue;
      if (y < low) low = y;
      if (y > high) high = y;
      if (clip) values.push(y);
    }
  }
  if (low > high) return null;
  const [bottom, top] = clip ? bulk(values, low, high) : [low, high];
  const beyond = bottom > low || top < high ? values.reduce((n, y) => n + (y > top || y < bottom ? 1 : 0), 0) : 0;
  return { range: log ? padded(Math.log10(low), Math.log10(high), false) : padded(bottom, top, bottom >= 0), beyond };
}

/** The lowest and highest value that are not far from the bulk; where that lies is told from some of them. */
function bulk(values: readonly number[], low: number, high: number): Range {
  const some = Float64Array.from({ length: Math.min(SAMPLES, values.length) }, (_, i) => values[Math.floor(((i * GOLDEN) % 1) * values.length)] as number).sort();
  const [from, to] = BULK.map((part) => some[Math.round((some.length - 1) * part)] as number) as Range;
  const room = FAR * (to - from);
  const near = values.filter((value) => value >= from - room && value <= to + room);
  const [bottom, top] = [Math.max(low, from - room), Math.min(high, to + room)];
  if (room === 0 || top - bottom > WORTH * (high - low)) return [low, high];
  return [near.reduce((a, b) => Math.min(a, b), high), near.reduce((a, b) => Math.max(a, b), low)];
}

function padded(low: number, high: number, fromZero: boolean): Range {
  const room = (high - low) * 0.05 || Math.abs(high) * 0.1 || 1;
  return [fromZero && low - room < 0 ? Math.min(0, low) - (low > 0 ? 0 : room * 0.3) : low - room, high + room];
}
