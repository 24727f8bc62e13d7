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

/** How far a rate read off the plan may be from the rate that was planned. */
function errorOf(plan: PlanRecord): number {
  return (plan.max_error ?? 0) * 1.001 + peak(plan) * FLOAT32;
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
  const allowed = errorOf(plan);
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
  return [sayPartings(plan, applied), sayBeyond(plan, applied)].filter(Boolean).join("; ");
}

function sayPartings(plan: PlanRecord, applied: Points): string {
  const found = partings(plan, applied);
  const [first, last] = [found[0], found[found.length - 1]];
  if (!first || !last) return "";
  const end = applied.steps[applied.steps.length - 1];
  const where = last.step === end ? `from step ${count(first.step)}` : `in steps ${count(first.step)} to ${count(last.step)}`;
  return `${sayFactor(found, errorOf(plan))} ${where}`;
}

/** "0.5x the plan" where one factor explains all, else the largest difference. */
function sayFactor(partings: readonly Parting[], allowed: number): string {
  const factor = factorOf(partings, allowed);
  if (factor !== null) return `${factor}\u00d7 the plan`;
  const worst = partings.reduce((a, b) => (Math.abs(b.applied - b.planned) > Math.abs(a.applied - a.planned) ? b : a));
  const gap = worst.applied - worst.planned;
  const share = Math.abs(gap) > Math.abs(worst.planned) ? "" : ` (${percent(Math.abs(gap / worst.planned))})`;
  return `up to ${rate(Math.abs(gap))}${share} ${gap > 0 ? "above" : "below"} the plan`;
}

/** The shortest factor that explains each parting, as far as the plan is exact; null where none does. */
function factorOf(partings: readonly Parting[], allowed: number): number | null {
  const product = (of: (parting: Parting) => number): number => partings.reduce((sum, parting) => sum + of(parting) * parting.planned, 0);
  const nearest = product((parting) => parting.applied) / product((parting) => parting.planned);
  const explains = (factor: number): boolean =>
    partings.every(({ planned, applied }) => Math.abs(applied - factor * planned) <= Math.max(1, Math.abs(factor)) * allowed);
  return [1, 2, 3, 4].map((digits) => Number(nearest.toPrecision(digits))).find(explains) ?? null;
}

function sayBeyond(plan: PlanRecord, applied: Points): string {
  const last = applied.steps.at(-1) ?? 0;
  return last < plan.total_steps ? "" : `goes on to step ${count(last)}, past the plan's ${count(plan.total_steps)} steps`;
}
