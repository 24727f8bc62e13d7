/** What the person has chosen. All of it lives in the URL; nothing else does. */

export const X_KINDS = ["step", "epoch", "share", "time"] as const;
export type XKind = (typeof X_KINDS)[number];

export const CHARTS = ["rate", "loss", "metric", "time"] as const;
export type ChartKey = (typeof CHARTS)[number];

/** All that is drawn: the finder has an axis of its own. */
export const FIGURES = [...CHARTS, "finder"] as const;
export type FigureKey = (typeof FIGURES)[number];

export type Direction = "ascending" | "descending";

/** Which rows or groups are on: all but the named ones, or only those. */
export interface Pick {
  mode: "except" | "only";
  names: string[];
}

/** A schedule that no run has. */
export interface Design {
  spec: string;
  total_steps: number;
  steps_per_epoch: number | null;
}

export interface View {
  x: XKind;
  zoom: [number, number] | null;
  /** The same for the finder, in decades of the rate. */
  zoom_finder: [number, number] | null;
  /** Charts with a logarithmic y axis. */
  log: FigureKey[];
  /** Charts whose y axis shows outliers too. */
  full: FigureKey[];
  /** Kinds of curve that are off, such as `rate.planned`. */
  off: string[];
  /** The chart shown large, if any. */
  wide: FigureKey | null;
  smooth: number;
  /** The metric of the third chart and of the table; empty until one is chosen. */
  metric: string;
  target: number | null;
  /** What the fourth chart shows. */
  speed: "ms" | "per_second";
  filter: string;
  pick: Pick;
  /** Whether seeds of a schedule are one row. */
  fold: boolean;
  /** The row that stands alone, if any. */
  only: string | null;
  designs: Design[];
  sort: { column: string; direction: Direction } | null;
}

export const DEFAULTS: Readonly<View> = {
  x: "step",
  zoom: null,
  zoom_finder: null,
  log: [],
  full: [],
  off: [],
  wide: null,
  smooth: 0,
  metric: "",
  target: null,
  speed: "ms",
  filter: "",
  pick: { mode: "except", names: [] },
  fold: true,
  only: null,
  designs: [],
  sort: null,
};

type Watcher = (view: View, changed: ReadonlySet<keyof View>) => void;

/** Holds the view and tells its watchers what changed. */
export class State {
  private readonly watchers: Watcher[] = [];

  constructor(private current: View) {}

  get view(): View {
    return this.current;
  }

  /** Changes some of the view; watchers hear of keys whose value is another one. */
  set(change: Partial<View>): void {
    const changed = new Set<keyof View>();
    for (const key of Object.keys(change) as (keyof View)[])
      if (JSON.stringify(change[key]) !== JSON.stringify(this.current[key])) changed.add(key);
    if (changed.size === 0) return;
    this.current = { ...this.current, ...change };
    for (const watcher of this.watchers) watcher(this.current, changed);
  }

  watch(watcher: Watcher): void {
    this.watchers.push(watcher);
  }
}

/** Puts a value into a list or takes it out. */
export function toggled<T>(list: readonly T[], value: T): T[] {
  return list.includes(value) ? list.filter((other) => other !== value) : [...list, value];
}
