/** A curve as a chart draws it. */

import { nearest, readAt } from "./planned";
import type { Marker } from "./palette";
import type { Line } from "./trace";

export type Part = "planned" | "applied" | "designed" | "train" | "validation" | "smoothed" | "suggested" | "profiled";

export interface Curve extends Line {
  part: Part;
  /** Key of the row that it belongs to, and what people read. */
  row: string;
  label: string;
  color: string;
  marker: Marker;
  /** The step behind each x. */
  steps: ArrayLike<number>;
  /** The logged values where `ys` is smoothed. */
  raw: Float64Array | null;
  /** Whether each point is marked where there is room. */
  marked: boolean;
  /** Whether dense points stay dots: a line through noise is a wall. */
  dotted: boolean;
}

/** Where planned and applied rates part, between two lines over the same x. */
export interface Gap {
  group: string;
  color: string;
  xs: Float64Array;
  planned: Float64Array;
  applied: Float64Array;
}

export const DASHES: Record<Part, readonly number[]> = {
  planned: [6, 4],
  designed: [2, 3],
  applied: [],
  train: [],
  validation: [],
  smoothed: [],
  suggested: [],
  profiled: [],
};

/** Parts whose markers are outlines only. */
export const HOLLOW: ReadonlySet<Part> = new Set(["validation", "profiled", "suggested"]);

export interface Reading {
  x: number;
  y: number;
  step: number;
}

/** The value of a curve at x: read off a plan, else that of the nearest point. */
export function reading(curve: Curve, x: number): Reading | null {
  if (curve.xs.length === 0) return null;
  const i = nearest(curve.xs, x);
  if (curve.exact) {
    const y = readAt(curve.xs, curve.ys, x, curve.stepped);
    return Number.isNaN(y) ? null : { x, y, step: curve.steps[i] as number };
  }
  const [low, high] = [curve.xs[0] as number, curve.xs[curve.xs.length - 1] as number];
  const slack = (high - low) / Math.max(1, curve.xs.length - 1);
  if (x < low - slack || x > high + slack) return null;
  return { x: curve.xs[i] as number, y: curve.ys[i] as number, step: curve.steps[i] as number };
}
