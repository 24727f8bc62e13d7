/** The routes' replies; `../../http_api.md` says what they mean. */

export type Unit = "step" | "epoch";
export type Numbers = (number | null)[];

export interface CurveRef {
  quantity: string;
  part: "train" | "validation";
  level: "step" | "epoch";
  unit: Unit;
  run: string;
  tag: string;
  optimizer: string | null;
}

export interface Group {
  name: string;
  row: string;
  parent: string;
  seed: number | null;
  started: number | null;
  updated: string;
  /** By kind of record. */
  records_updated: Record<string, string>;
  source: string;
  recognised: string | null;
  schedule: string | null;
  spec: string | null;
  total_steps: number | null;
  steps_per_epoch: number | null;
  note: string | null;
  optimizers: string[];
  records: string[];
  captures: string[];
  messages: string[];
  curves: CurveRef[];
}

export interface Runs {
  groups: Group[];
  metrics: string[];
  default_metric: string | null;
}

export interface PlanRecord {
  name: string;
  schedule: string;
  spec: string | null;
  total_steps: number;
  steps_per_epoch: number | null;
  interpolation: "linear" | "previous";
  max_error: number;
  steps: number[];
  rates: number[];
  note: string | null;
}

export interface FinderRecord {
  rates: Numbers;
  losses: Numbers;
  smoothed: Numbers;
  suggestions: Record<string, number | null>;
}

export interface StepTime {
  step: number;
  steps: number;
  wall_ms: number | null;
  device_ms: number | null;
  input_ms: number | null;
  compile_ms: number | null;
}

export interface ProfileRecord {
  capture: string;
  device: string | null;
  rows: StepTime[];
}

export interface RecordOf<T> {
  group: string;
  optimizer: string | null;
  record: T | null;
  error: string | null;
}

export interface Points {
  steps: number[];
  values: Numbers;
  start: number;
  seconds: number[];
  sampled: boolean;
}

export interface Row {
  name: string;
  parent: string;
  groups: string[];
  seeds: (number | null)[];
  schedule: string | null;
  spec: string | null;
  values: Numbers;
  mean: number | null;
  std: number | null;
  n: number;
  tied: boolean | null;
  status: "best" | "tied" | "worse" | "unclear" | "one seed" | "no data";
  explanation: string | null;
  best_step: number | null;
  final_mean: number | null;
  final_std: number | null;
  loss: number | null;
  steps_to_target: number | null;
  reached: number | null;
  unit: Unit;
  step_ms_p50: number | null;
  step_ms_p95: number | null;
  examples_per_second: number | null;
  device_ms: number | null;
  device_busy: number | null;
  input_ms: number | null;
  sampled: boolean;
  note: string | null;
}

export interface Comparison {
  metric: string | null;
  direction: "max" | "min" | null;
  target: number | null;
  metrics: string[];
  rows: Row[];
}

export interface Parameter {
  name: string;
  kind: "number" | "integer" | "boolean" | "string" | "list" | "schedule" | "schedules";
  required: boolean;
  default: unknown;
  choices: string[] | null;
  doc: string | null;
}

export interface Signature {
  name: string;
  module: string;
  doc: string | null;
  parameters: Parameter[];
  example: string;
}
