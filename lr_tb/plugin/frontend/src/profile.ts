/** Profiled steps in the chart of step times: by the profiler's clock, apart from the others. */

import { mapped } from "./arrays";
import { place, type Places } from "./axis";
import type { Points, ProfileRecord } from "./contract";
import { readAt } from "./planned";
import type { XKind } from "./state";

/** A stretch of x in which a profiler was running. */
export interface Band {
  from: number;
  to: number;
}

/** Milliseconds of a step, one point for each execution, at its last step. */
export interface Profiled {
  steps: number[];
  milliseconds: number[];
  xs: Float64Array;
  band: Band;
}

/** Where a profile stands on the axis; null where the axis cannot hold it. */
export function placeProfile(kind: XKind, { rows }: ProfileRecord, places: Places): Profiled | null {
  const known = rows.filter((row) => row.wall_ms !== null && row.steps > 0).sort((a, b) => a.step - b.step);
  const [first, last] = [known[0], known[known.length - 1]];
  if (!first || !last) return null;
  const steps = known.map((row) => row.step + row.steps - 1);
  const placed = placeSteps(kind, [first.step - 0.5, ...steps, last.step + last.steps - 0.5], places);
  if (!placed) return null;
  return {
    steps,
    milliseconds: known.map((row) => (row.wall_ms as number) / row.steps),
    xs: placed.slice(1, -1),
    band: { from: placed[0] as number, to: placed[placed.length - 1] as number },
  };
}

/** In time a profile stands where the training's own clock has its steps. */
function placeSteps(kind: XKind, steps: number[], places: Places): Float64Array | null {
  if (kind !== "time") return place(kind, "step", { steps, values: [], start: 0, seconds: [], sampled: false }, places);
  return places.clock && timesAt(places.clock, steps, places);
}

function timesAt(clock: Points, steps: readonly number[], places: Places): Float64Array | null {
  const seconds = place("time", "step", clock, places);
  if (!seconds || clock.steps.length === 0) return null;
  const [first, last] = [clock.steps[0] as number, clock.steps[clock.steps.length - 1] as number];
  return mapped(steps, (step) => readAt(clock.steps, seconds, Math.min(last, Math.max(first, step)), false));
}

/** Stretches that touch, as one. */
export function merged(bands: readonly Band[]): Band[] {
  const whole: Band[] = [];
  for (const band of [...bands].sort((a, b) => a.from - b.from)) {
    const open = whole[whole.length - 1];
    if (open && band.from <= open.to) open.to = Math.max(open.to, band.to);
    else whole.push({ ...band });
  }
  return whole;
}

/** The points that the profiler did not see: what its running costs is not the training's. */
export function unprofiled(points: Points, profile: ProfileRecord | null): Points {
  if (!profile) return points;
  const seen = new Set(profile.rows.filter((row) => row.wall_ms !== null).map((row) => row.step + row.steps - 1));
  return { ...points, values: points.values.map((value, i) => (seen.has(points.steps[i] as number) ? null : value)) };
}
