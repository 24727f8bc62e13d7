/**
 * Keeps a copy of what the server has, and follows it while training runs.
 *
 * `/runs` is asked every few seconds and is cheap; series and records are asked again
 * only where a group says that it has something new. One request per tag.
 */

import * as api from "./api";
import type { Comparison, FinderRecord, Group, PlanRecord, Points, ProfileRecord, RecordOf, Runs } from "./contract";
import { onScreen } from "./host";

const EVERY_MS = 4_000;

/** With so many groups the page opens with a part of the points, before it has them all. */
const MANY_GROUPS = 30;
const FIRST_POINTS = 100;

export interface Data {
  groups: Group[];
  metrics: string[];
  defaultMetric: string | null;
  plans: Map<string, RecordOf<PlanRecord>[]>;
  finders: Map<string, RecordOf<FinderRecord>[]>;
  profiles: Map<string, RecordOf<ProfileRecord>[]>;
  /** What the Profile tab can show. */
  captures: ReadonlySet<string>;
  /** By tag, then by run. */
  series: Map<string, Record<string, Points>>;
  comparison: Comparison | null;
}

export type Status = "loading" | "live" | "gone" | "failed";

/** What must be at hand, as the view asks for it. */
export interface Needs {
  tags(groups: readonly Group[], defaultMetric: string | null): Set<string>;
  metric(known: readonly string[]): string | null;
  target(): number | null;
}

export class Live {
  readonly data: Data = { groups: [], metrics: [], defaultMetric: null, plans: new Map(), finders: new Map(), profiles: new Map(), captures: new Set(), series: new Map(), comparison: null };
  status: Status = "loading";
  /** Why the status is what it is. */
  reason = "";
  /** Of the groups as they were loaded last, and how many points of each series. */
  private version = "";
  private points: number | null = null;
  private recorded = "";
  private compared = "";
  private running: Promise<void> | null = null;
  private again = false;

  constructor(
    private readonly needs: Needs,
    private readonly changed: () => void,
  ) {}

  /** Starts following. */
  start(): void {
    void this.refresh();
    const tick = async (): Promise<void> => {
      const began = performance.now();
      if (onScreen()) await this.refresh();
      const took = performance.now() - began;
      setTimeout(() => void tick(), Math.max(EVERY_MS, 5 * took));
    };
    setTimeout(() => void tick(), EVERY_MS);
  }

  /** Brings the copy up to date; called while one is under way, does it once more. */
  async refresh(): Promise<void> {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.running = this.update();
    await this.running;
    this.running = null;
    if (!this.again) return;
    this.again = false;
    await this.refresh();
  }

  private async update(): Promise<void> {
    const before = this.status + this.reason;
    try {
      const runs = await api.getRuns();
      if (this.version === "" && runs.groups.length >= MANY_GROUPS) await this.load(runs, FIRST_POINTS);
      await this.load(runs, null);
      this.status = "live";
      this.reason = "";
    } catch (error) {
      this.status = error instanceof api.Unreachable ? "gone" : "failed";
      this.reason = error instanceof Error ? error.message : String(error);
    }
    if (before !== this.status + this.reason) this.changed();
  }

  /** Loads what the charts show; the table, which takes longer to compute, comes after it. */
  private async load(runs: Runs, points: number | null): Promise<void> {
    await this.loadCurves(runs, points);
    await this.loadComparison();
  }

  private async loadCurves(runs: Runs, points: number | null): Promise<void> {
    const { data } = this;
    const version = JSON.stringify(runs.groups.map((group) => [group.name, group.updated]));
    const stale = version !== this.version || points !== this.points;
    const tags = this.needs.tags(runs.groups, runs.default_metric);
    const asked = [...tags].filter((tag) => stale || !data.series.has(tag));
    const [records, ...series] = await Promise.all([
      this.loadRecords(runs.groups),
      ...asked.map(async (tag) => [tag, await api.getSeries(tag, points)] as const),
    ]);
    if (stale) data.series = new Map();
    for (const [tag, curves] of series) data.series.set(tag, curves);
    Object.assign(data, { groups: runs.groups, metrics: runs.metrics, defaultMetric: runs.default_metric }, records);
    [this.version, this.points] = [version, points];
    this.status = "live";
    if (stale || asked.length > 0) this.changed();
  }

  /** Records change seldom while scalars grow. */
  private async loadRecords(groups: readonly Group[]): Promise<Partial<Data>> {
    const version = JSON.stringify(groups.map(({ name, records_updated: { plan, finder, profile } }) => [name, plan, finder, profile]));
    if (version === this.recorded) return {};
    const has = (kind: string): boolean => groups.some((group) => group.records.includes(kind));
    const [plans, finders, profiles, captures] = await Promise.all([
      api.getPlans(),
      has("finder") ? api.getFinders() : [],
      has("profile") ? api.getProfiles() : [],
      has("profile") ? api.getCaptures() : [],
    ]);
    this.recorded = version;
    return { plans: byGroup(plans), finders: byGroup(finders), profiles: byGroup(profiles), captures: new Set(captures) };
  }

  private async loadComparison(): Promise<void> {
    const asked = [this.needs.metric(this.data.metrics), this.needs.target()] as const;
    const compared = JSON.stringify([...asked, this.version]);
    if (compared === this.compared) return;
    this.data.comparison = await api.getComparison(...asked);
    this.compared = compared;
    this.changed();
  }
}

/** The records of each group. */
function byGroup<T>(records: readonly RecordOf<T>[]): Map<string, RecordOf<T>[]> {
  const groups = new Map<string, RecordOf<T>[]>();
  for (const record of records) {
    const known = groups.get(record.group);
    if (known) known.push(record);
    else groups.set(record.group, [record]);
  }
  return groups;
}
