/** From what the server has and the person chose to what each chart draws. */

import { mapped, numbers } from "./arrays";
import { missing, place, placePlan, type PlacedPlan, type Places } from "./axis";
import type { CurveRef, Group, PlanRecord, Points, ProfileRecord } from "./contract";
import type { Curve, Gap, Part } from "./curves";
import { difference, isSimplified, partings } from "./difference";
import type { Data } from "./live";
import type { Palette } from "./palette";
import { plannedAt } from "./planned";
import { merged, placeProfile, unprofiled, type Band } from "./profile";
import type { Row } from "./rows";
import { smoothed } from "./smooth";
import { CHARTS, type ChartKey, type View, type XKind } from "./state";

export interface Content {
  curves: Curve[];
  gaps: Gap[];
  /** Where a profiler was running. */
  bands: Band[];
}

/** Which quantity each chart shows. */
export function quantityOf(chart: ChartKey, metric: string): string {
  return { rate: "learning_rate", loss: "loss", metric: metric.replace(/^val_/, ""), time: "step_time_ms" }[chart];
}

/** The curves of a group that a chart draws: by step where there are such, else by epoch. */
export function refsOf(group: Group, quantity: string): CurveRef[] {
  const refs = group.curves.filter((curve) => curve.quantity === quantity);
  return refs.filter(
    (ref) => ref.level === "step" || !refs.some((other) => other.level === "step" && other.part === ref.part && other.optimizer === ref.optimizer),
  );
}

/** The tags behind all charts. */
export function tagsOf(groups: readonly Group[], metric: string): Set<string> {
  return new Set(groups.flatMap((group) => CHARTS.flatMap((chart) => refsOf(group, quantityOf(chart, metric)).map((ref) => ref.tag))));
}

/** The axis in use: trainings that count nothing but epochs have no other. */
export function axisInUse(view: View, groups: readonly Group[]): XKind {
  const curves = groups.flatMap((group) => group.curves);
  const onlyEpochs = curves.length > 0 && curves.every((curve) => curve.unit === "epoch");
  return view.x === "step" && onlyEpochs && groups.every((group) => !group.steps_per_epoch) ? "epoch" : view.x;
}

export class Model {
  constructor(
    private readonly data: Data,
    private readonly view: View,
    private readonly palette: Palette,
    private readonly dark: boolean,
    readonly x: XKind,
    private readonly metric: string,
  ) {}

  /** What a chart draws of these rows. */
  content(chart: ChartKey, rows: readonly Row[]): Content {
    const content: Content = { curves: [], gaps: [], bands: [] };
    for (const row of rows) for (const group of row.groups) this.add(content, chart, row, group);
    content.bands = merged(content.bands);
    content.curves = content.curves.filter((curve) => !this.view.off.includes(`${chart}.${curve.part}`));
    return content;
  }

  private add(content: Content, chart: ChartKey, row: Row, group: Group): void {
    const places = this.places(group);
    const look = { row: row.key, color: this.palette.color(row.key, this.dark), marker: this.palette.marker(row.key) };
    if (chart === "rate") this.addPlans(content, row, group, places, look);
    const profile = chart === "time" ? this.profile(group) : null;
    if (profile) this.addProfile(content, profile, places, { ...look, label: labelOf(row, group, null) });
    for (const ref of refsOf(group, quantityOf(chart, this.metric))) {
      const logged = this.points(ref);
      const points = logged && unprofiled(logged, profile);
      const xs = points && place(this.x, ref.unit, points, places);
      if (!points || !xs) continue;
      const raw = numbers(points.values);
      const smooth = (chart === "loss" || chart === "metric") && this.view.smooth > 0;
      const ys = chart === "time" ? this.speeds(raw) : raw;
      content.curves.push({
        ...look, xs, label: labelOf(row, group, ref.optimizer), steps: points.steps,
        part: chart === "rate" ? "applied" : ref.part,
        ys: smooth ? smoothed(ys, this.view.smooth) : ys, raw: smooth ? ys : null,
        stepped: false, exact: false, marked: ref.level === "epoch", dotted: chart === "time",
      });
    }
  }

  private addPlans(content: Content, row: Row, group: Group, places: Places, look: Pick<Curve, "row" | "color" | "marker">): void {
    for (const { record, optimizer } of this.data.plans.get(group.name) ?? []) {
      const placed = record && record.steps.length > 0 && placePlan(this.x, record, places);
      if (!record || !placed) continue;
      content.curves.push(plannedCurve(record, placed, { ...look, part: "planned", label: labelOf(row, group, optimizer) }));
      const applied = this.applied(group, optimizer);
      const xs = applied && place(this.x, "step", applied, places);
      if (applied && xs) content.gaps.push(...gapsOf(record, applied, xs, { group: group.name, color: look.color }));
    }
  }

  private addProfile(content: Content, profile: ProfileRecord, places: Places, look: Pick<Curve, "row" | "color" | "marker" | "label">): void {
    const placed = placeProfile(this.x, profile, places);
    if (!placed) return;
    const { steps, xs, milliseconds, band } = placed;
    content.bands.push(band);
    content.curves.push({ ...look, part: "profiled", xs, steps, ys: this.speeds(numbers(milliseconds)), raw: null, stepped: false, exact: false, marked: true, dotted: false });
  }

  private speeds(milliseconds: Float64Array): Float64Array {
    return this.view.speed === "per_second" ? mapped(milliseconds, (ms) => 1000 / ms) : milliseconds;
  }

  private profile(group: Group): ProfileRecord | null {
    return this.data.profiles.get(group.name)?.[0]?.record ?? null;
  }

  /** What a group's row says beside its name: notes, differences, what could not be read. */
  remarks(group: Group): string[] {
    const words = [...group.messages];
    if (group.recognised) words.push(group.recognised);
    if (group.note) words.push(group.note);
    for (const { record, optimizer } of this.data.plans.get(group.name) ?? []) {
      const applied = this.applied(group, optimizer);
      const parted = record && record.steps.length > 0 && applied ? difference(record, applied) : "";
      const who = optimizer && group.optimizers.length > 1 ? `${optimizer}: ` : "";
      if (parted) words.push(who + parted);
      if (record && isSimplified(record)) words.push(`${who}plan simplified`);
    }
    const absent = missing(this.x, group, this.places(group));
    if (absent) words.push(`not on this axis: ${absent}`);
    return words;
  }

  /** The applied rates that belong to a plan. */
  private applied(group: Group, optimizer: string | null): Points | null {
    const refs = refsOf(group, "learning_rate").filter((ref) => ref.unit === "step");
    const ref = refs.find((candidate) => candidate.optimizer === optimizer) ?? (refs.length === 1 ? refs[0] : undefined);
    return ref ? this.points(ref) : null;
  }

  private points(ref: CurveRef): Points | null {
    return this.data.series.get(ref.tag)?.[ref.run] ?? null;
  }

  private places(group: Group): Places {
    let start: number | null = null;
    for (const ref of group.curves) {
      const points = this.points(ref);
      const first = points && points.seconds.length > 0 ? points.start + (points.seconds[0] ?? 0) : null;
      if (first !== null && (start === null || first < start)) start = first;
    }
    const clock = refsOf(group, "learning_rate").filter((ref) => ref.unit === "step").map((ref) => this.points(ref))[0] ?? null;
    return { stepsPerEpoch: group.steps_per_epoch, totalSteps: group.total_steps, start, clock };
  }
}

function labelOf(row: Row, group: Group, optimizer: string | null): string {
  const seed = row.groups.length > 1 ? ` \u00b7 ${group.seed === null ? group.name : `seed ${group.seed}`}` : "";
  return `${row.name}${seed}${optimizer ? ` \u00b7 ${optimizer}` : ""}`;
}


/** The curve of a plan or of a designed schedule. */
export function plannedCurve(
  plan: PlanRecord, placed: PlacedPlan, look: Pick<Curve, "row" | "color" | "marker" | "label"> & { part: Part },
): Curve {
  return { ...look, ...placed, raw: null, stepped: plan.interpolation === "previous", exact: true, marked: false, dotted: false };
}

/** The stretches in which the applied rate is not the planned one. */
function gapsOf(plan: PlanRecord, applied: Points, xs: Float64Array, ink: Pick<Gap, "group" | "color">): Gap[] {
  const stretches: number[][] = [];
  for (const { index } of partings(plan, applied)) {
    const open = stretches.at(-1);
    if (open && open.at(-1) === index - 1) open.push(index);
    else stretches.push([index]);
  }
  return stretches.map((open) => ({
    ...ink,
    xs: mapped(open, (i) => xs[i] as number),
    planned: mapped(open, (i) => plannedAt(plan, applied.steps[i] as number)),
    applied: mapped(open, (i) => applied.values[i] as number),
  }));
}
