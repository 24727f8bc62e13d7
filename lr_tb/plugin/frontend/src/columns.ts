/** The columns of the table: what stands in them, and which value is the best. */

import type { Comparison, Row } from "./contract";
import { count, measure, percent } from "./format";
import { prefixOf } from "./rows";

export interface Column {
  id: string;
  title: string;
  hint: string;
  /** The value to sort and to judge by; null where there is none. */
  value(row: Row): number | string | null;
  text(row: Row): string;
  /** Which end wins; null where none does. */
  better: "high" | "low" | null;
}

/** Columns by the profiler's clock; all others are by that of the training process. */
const PROFILE = ["device", "busy", "input"];

/** Columns that are left out where no row has a value. */
const OPTIONAL = new Set(["p50", "p95", "speed", ...PROFILE]);

/** The columns of a comparison. */
export function columnsOf({ metric, direction, target, rows }: Comparison): Column[] {
  const better = direction === "min" ? "low" : "high";
  const epochs = rows.length > 0 && rows.every((row) => row.unit === "epoch");
  const unit = epochs ? "epoch" : "step";
  const time = (value: number | null): string => measure(value, 3);
  const columns: Column[] = [
    column("name", "Schedule", "Name of the run, and the schedule with its parameters", (row) => prefixOf(row.parent, row.name) + row.name),
    { ...column("best", `best ${metric ?? "metric"}`, "Best value of each training: mean and standard deviation over the seeds", (row) => row.mean, better), text: (row) => spread(row.mean, row.std) },
    { ...column("final", "final", "Last value of each training: mean and standard deviation over the seeds", (row) => row.final_mean, better), text: (row) => spread(row.final_mean, row.final_std) },
    { ...column("n", "n", "Trainings with a value", (row) => row.n), text: (row) => String(row.n) },
    { ...column("status", "verdict", "Whether the difference to the best is more than noise; hover a row for the reason", rankOf), text: (row) => row.status },
    { ...column("best_step", `best at ${unit}`, "Where the best value was reached", (row) => row.best_step), text: (row) => count(row.best_step) },
    { ...column("loss", "loss", "Mean of the last losses: validation where there is one, else training", (row) => row.loss, "low"), text: (row) => measure(row.loss) },
    ...(target === null ? [] : [{ ...column("target", `${unit}s to target`, "Mean of the first steps at which the target is reached, where all trainings reach it", (row) => row.steps_to_target, "low"), text: targetText }]),
    { ...column("p50", "p50 ms", "Median step time, by the clock of the training process", (row) => row.step_ms_p50, "low"), text: (row) => time(row.step_ms_p50) },
    { ...column("p95", "p95 ms", "95 % of the steps take no longer, by the clock of the training process", (row) => row.step_ms_p95, "low"), text: (row) => time(row.step_ms_p95) },
    { ...column("speed", "images/s", "Examples per second over whole epochs, validation left out", (row) => row.examples_per_second, "high"), text: (row) => count(row.examples_per_second) },
    { ...column("device", "device ms", "Time of a profiled step in which the device computed, by the profiler's clock", (row) => row.device_ms, "low"), text: (row) => known(row.device_ms, time) },
    { ...column("busy", "device busy", "Share of a profiled step in which the device computed, by the profiler's clock", (row) => row.device_busy, "high"), text: (row) => known(row.device_busy, percent) },
    { ...column("input", "input wait ms", "Time of a profiled step spent waiting for input, by the profiler's clock", (row) => row.input_ms, "low"), text: (row) => known(row.input_ms, time) },
  ];
  return columns.filter(({ id, value }) => !OPTIONAL.has(id) || rows.some((row) => value(row) !== null));
}

/** Blank where the profiler does not know. */
function known(value: number | null, say: (value: number) => string): string {
  return value === null ? "" : say(value);
}

/** Whether a column says what the profiler measured. */
export function isProfiled(column: Column): boolean {
  return PROFILE.includes(column.id);
}

function column(id: string, title: string, hint: string, value: Column["value"], better: Column["better"] = null): Column {
  return { id, title, hint, value, better, text: (row) => String(value(row) ?? "") };
}

function spread(mean: number | null, std: number | null): string {
  return std === null || mean === null ? measure(mean) : `${measure(mean)} \u00b1 ${deviation(std, mean)}`;
}

/** As many decimals as the mean has: more would say what the mean does not. */
function deviation(std: number, mean: number): string {
  const decimals = measure(mean).split(".")[1]?.length;
  return decimals === undefined || measure(mean).includes("e") ? measure(std, 2) : std.toFixed(decimals);
}

function targetText(row: Row): string {
  if (row.steps_to_target !== null) return count(row.steps_to_target);
  return row.reached ? `${row.reached} of ${row.n}` : count(null);
}

const RANKS = ["best", "tied", "unclear", "one seed", "worse", "no data"];

function rankOf(row: Row): number {
  return RANKS.indexOf(row.status);
}

/** The best value of a column; null where there was nothing to win. */
export function winner(column: Column, rows: readonly Row[]): number | null {
  const values = rows.map(column.value).filter((value): value is number => typeof value === "number");
  if (column.better === null || values.length < 2) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) return null;
  return column.better === "high" ? high : low;
}

/** Rows in the order asked for; without a value last, whichever way. */
export function sorted(rows: readonly Row[], column: Column | undefined, ascending: boolean): Row[] {
  if (!column) return [...rows];
  return [...rows].sort((a, b) => {
    const [x, y] = [column.value(a), column.value(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    const order = typeof x === "string" ? x.localeCompare(String(y), "en", { numeric: true }) : x - Number(y);
    return ascending ? order : -order;
  });
}
