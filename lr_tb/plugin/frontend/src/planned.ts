/** A plan read at any step, jumps as jumps. */

import type { PlanRecord } from "./contract";

/** The last index whose value is <= x, or -1; `xs` ascends. */
export function lastAtOrBelow(xs: ArrayLike<number>, x: number): number {
  let low = -1;
  let high = xs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((xs[middle] as number) <= x) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The index whose x is nearest. */
export function nearest(xs: ArrayLike<number>, x: number): number {
  const left = Math.max(0, lastAtOrBelow(xs, x));
  const right = Math.min(left + 1, xs.length - 1);
  return x - (xs[left] as number) <= (xs[right] as number) - x ? left : right;
}

/** Reads a curve between its points; NaN outside them. */
export function readAt(xs: ArrayLike<number>, ys: ArrayLike<number>, x: number, stepped: boolean): number {
  const i = lastAtOrBelow(xs, x);
  if (i < 0 || x > (xs[xs.length - 1] as number)) return Number.NaN;
  const y = ys[i] as number;
  if (stepped || i === xs.length - 1 || xs[i] === x) return y;
  const [x0, x1] = [xs[i] as number, xs[i + 1] as number];
  return y + ((ys[i + 1] as number) - y) * ((x - x0) / (x1 - x0));
}

/** The planned rate at a step; NaN past the end of the plan. */
export function plannedAt(plan: PlanRecord, step: number): number {
  return readAt(plan.steps, plan.rates, step, plan.interpolation === "previous");
}
