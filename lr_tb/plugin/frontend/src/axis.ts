/** From steps to the x axis chosen: step, epoch, share of the plan, or time since start. */

import { mapped, numbers } from "./arrays";
import type { Group, PlanRecord, Points, Unit } from "./contract";
import { count, duration, percent, rate, ticksOf } from "./format";
import { plannedAt, readAt } from "./planned";
import type { XKind } from "./state";
import { clock, linear, logarithmic } from "./ticks";

/** What an x axis counts; `rate` is the finder's, in decades. */
export type AxisKind = XKind | "rate";

export const X_LABELS: Record<AxisKind, string> = { step: "step", epoch: "epoch", share: "share of the plan", time: "time since start", rate: "learning rate" };

/** What a group must know for its curves to be placed. */
export interface Places {
  stepsPerEpoch: number | null;
  totalSteps: number | null;
  /** When its first point was logged, in seconds. */
  start: number | null;
  /** Its applied rates, to place a plan in time. */
  clock: Points | null;
}

/** Where points stand on the axis; null where this axis cannot hold them. */
export function place(kind: XKind, unit: Unit, points: Points, places: Places): Float64Array | null {
  if (kind === "time") return placeTimes(points, places);
  if (unit === "step") return placeSteps(kind, points.steps, places);
  if (kind === "epoch") return mapped(points.steps, (epoch) => epoch + 1);
  const length = places.stepsPerEpoch;
  return length ? placeSteps(kind, points.steps.map((epoch) => (epoch + 1) * length - 1), places) : null;
}

/**
 * After step s, (s + 1) / steps_per_epoch epochs are done: what was measured at the
 * end of an epoch stands at a whole number.
 */
function placeSteps(kind: "step" | "epoch" | "share", steps: readonly number[], places: Places): Float64Array | null {
  if (kind === "step") return numbers(steps);
  const whole = kind === "epoch" ? places.stepsPerEpoch : places.totalSteps;
  return whole ? mapped(steps, (step) => (step + 1) / whole) : null;
}

function placeTimes(points: Points, { start }: Places): Float64Array {
  const shift = points.start - (start ?? points.start);
  return mapped(points.seconds, (second) => second + shift);
}

export interface PlacedPlan {
  xs: Float64Array;
  ys: Float64Array;
  steps: readonly number[];
}

/**
 * Where a plan stands. In time it is placed by the clock of the training, as far as
 * that went, and read at the steps the clock knows, since they are not evenly spaced.
 */
export function placePlan(kind: XKind, plan: PlanRecord, places: Places): PlacedPlan | null {
  if (kind !== "time") {
    const xs = placeSteps(kind, plan.steps, places);
    return xs && { xs, ys: numbers(plan.rates), steps: plan.steps };
  }
  const ticks = places.clock;
  if (!ticks || ticks.steps.length < 2) return null;
  const [first, last] = [ticks.steps[0] as number, ticks.steps[ticks.steps.length - 1] as number];
  const steps = [...new Set([...plan.steps, ...ticks.steps])].filter((s) => s >= first && s <= last && s < plan.total_steps).sort((a, b) => a - b);
  const seconds = placeTimes(ticks, places);
  return {
    xs: mapped(steps, (s) => readAt(ticks.steps, seconds, s, false)),
    ys: mapped(steps, (s) => plannedAt(plan, s)),
    steps,
  };
}

/** Why a group cannot be on this axis, or null. */
export function missing(kind: XKind, group: Group, places: Places): string | null {
  const unit: Unit = group.curves.some((curve) => curve.unit === "step") || group.curves.length === 0 ? "step" : "epoch";
  if (kind === "step" && unit === "epoch" && !places.stepsPerEpoch) return "counts epochs, not steps";
  if (kind === "epoch" && unit === "step" && !places.stepsPerEpoch) return "steps per epoch not known";
  if (kind === "share" && !places.totalSteps) return "has no plan";
  if (kind === "time" && !places.clock && places.start === null) return "not started";
  return null;
}

export interface Ticks {
  at: number[];
  labels: string[];
}

/** Ticks of the x axis, about `most` of them. */
export function xTicks(kind: AxisKind, low: number, high: number, most: number): Ticks {
  if (kind === "rate") return decadeTicks(low, high, most);
  const at = kind === "time" ? clock(low, high, most) : linear(low, high, most);
  return { at, labels: labelsOf(kind, at) };
}

/** Ticks of a logarithmic axis between 10^low and 10^high. */
export function decadeTicks(low: number, high: number, most: number): Ticks {
  const values = logarithmic(low, high, most);
  return { at: values.map(Math.log10), labels: values.map((value) => ticksOf([value])[0] ?? "") };
}

function labelsOf(kind: XKind, ticks: readonly number[]): string[] {
  if (kind === "time") return ticks.map(duration);
  if (kind === "share") return ticks.map(percent);
  return kind === "step" ? ticks.map((tick) => (Number.isInteger(tick) ? count(tick) : "")) : ticksOf(ticks);
}

/** An x value in words: `step 1,234`, `epoch 2.31`. */
export function sayX(kind: AxisKind, x: number): string {
  if (kind === "rate") return `rate ${rate(10 ** x)}`;
  if (kind === "step") return `step ${count(x)}`;
  if (kind === "epoch") return `epoch ${x.toFixed(2)}`;
  return kind === "share" ? `${percent(x)} of the plan` : duration(x);
}
