/** Where the applied rate is not the planned one, and how to say so. */

import type { PlanRecord, Points } from "./contract";
import { count, percent, rate } from "./format";
import { plannedAt } from "./planned";

/** float32 arithmetic in a graph and out of it differs by a few units in the last place. */
const FLOAT32 = 1e-6;

export interface Parting {
  /** Where among the applied rates. */
  index: number;
  step: number;
  planned: number;
  applied: number;
}

function peak(plan: PlanRecord): number {
  return plan.rates.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** The plan's points did not suffice to draw it within a thousandth of its peak. */
export function isSimplified(plan: PlanRecord): boolean {
  return plan.max_error > 1.001e-3 * peak(plan);
}

const known = new WeakMap<Points, { plan: PlanRecord; partings: Parting[] }>();

/** The applied rates that are not the planned ones; asked again, the same list. */
export function partings(plan: PlanRecord, applied: Points): Parting[] {
  const before = known.get(applied);
  if (before?.plan === plan) return before.partings;
  const allowed = (plan.max_error ?? 0) * 1.001 + peak(plan) * FLOAT32;
  const found: Parting[] = [];
  for (let index = 0; index < applied.steps.length; index++) {
    const [step, value] = [applied.steps[index] as number, applied.values[index]];
    const planned = plannedAt(plan, step);
    if (value != null && Math.abs(value - planned) > allowed) found.push({ index, step, planned, applied: value });
  }
  known.set(applied, { plan, partings: found });
  return found;
}

/** Says where and how far the applied rates leave the plan; empty where they do not. */
export function difference(plan: PlanRecord, applied: Points): string {
  return [sayPartings(partings(plan, applied), applied), sayBeyond(plan, applied)].filter(Boolean).join("; ");
}

function sayPartings(partings: readonly Parting[], applied: Points): string {
  const [first, last] = [partings[0], partings[partings.length - 1]];
  if (!first || !last) return "";
  const end = applied.steps[applied.steps.length - 1];
  const where = last.step === end ? `from step ${count(first.step)}` : `in steps ${count(first.step)} to ${count(last.step)}`;
  return `${sayFactor(partings)} ${where}`;
}

/** "0.5x the plan" where one factor explains all, else the largest difference. */
function sayFactor(partings: readonly Parting[]): string {
  const factors = partings.filter((p) => p.planned !== 0).map((p) => p.applied / p.planned);
  const [low, high] = [Math.min(...factors), Math.max(...factors)];
  if (factors.length === partings.length && high - low <= 0.02 * Math.abs(high)) return `${rate((low + high) / 2)}\u00d7 the plan`;
  const worst = partings.reduce((a, b) => (Math.abs(b.applied - b.planned) > Math.abs(a.applied - a.planned) ? b : a));
  const gap = worst.applied - worst.planned;
  const share = worst.planned === 0 ? "" : ` (${percent(Math.abs(gap / worst.planned))})`;
  return `up to ${rate(Math.abs(gap))}${share} ${gap > 0 ? "above" : "below"} the plan`;
}

function sayBeyond(plan: PlanRecord, applied: Points): string {
  const last = applied.steps.at(-1) ?? 0;
  return last < plan.total_steps ? "" : `goes on to step ${count(last)}, past the plan's ${count(plan.total_steps)} steps`;
}
