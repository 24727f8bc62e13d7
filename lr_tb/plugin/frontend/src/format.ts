/** Numbers as people read them. Absent ones are an en dash. */

export const ABSENT = "\u2013";

/** Cuts the zeros that `toPrecision` leaves at the end, and the plus of an exponent. */
function trim(text: string): string {
  const [mantissa = "", exponent] = text.split("e");
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return exponent === undefined ? short : `${short}e${exponent.replace("+", "")}`;
}

/** A rate: four significant digits, `1e-3` rather than `0.001`. */
export function rate(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return ABSENT;
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 0.01 && size < 1e4 ? trim(value.toPrecision(4)) : trim(value.toExponential(3));
}

/** A loss, a metric or a time: four digits, keeping zeros so that columns line up. */
export function measure(value: number | null | undefined, digits = 4): string {
  if (value == null || !Number.isFinite(value)) return ABSENT;
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-3 || size >= 1e6)) return trim(value.toExponential(digits - 1));
  if (size >= 1000) return count(Math.round(value));
  return value.toFixed(size < 1 ? digits : Math.max(0, digits - 1 - Math.floor(Math.log10(size))));
}

/** A whole number with separators. */
export function count(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return ABSENT;
  return Math.round(value).toLocaleString("en-US");
}

/** Seconds as `1.2 s`, `3 m 20 s`, `2 h 5 m`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${trim(seconds.toFixed(seconds < 10 ? 2 : 1))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return joined(Math.floor(whole / 60), "m", whole % 60, "s");
  return joined(Math.floor(whole / 3600), "h", Math.round((whole % 3600) / 60), "m");
}

function joined(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small ? `${big} ${bigUnit} ${small} ${smallUnit}` : `${big} ${bigUnit}`;
}

/** A fraction as `41.3 %`. */
export function percent(fraction: number): string {
  return `${trim((fraction * 100).toFixed(1))} %`;
}

/** One form for all the ticks of an axis, so that neighbours compare at a glance. */
export function ticksOf(values: readonly number[]): string[] {
  const largest = Math.max(...values.map(Math.abs), 0);
  if (largest === 0 || (largest >= 0.01 && largest < 1e5)) return values.map((value) => trim(plainTick(value, values)));
  const exponent = Math.floor(Math.log10(largest) + 1e-9);
  return values.map((value) =>
    value === 0 ? "0" : `${trim((value / 10 ** exponent).toFixed(4))}e${exponent}`,
  );
}

function plainTick(value: number, values: readonly number[]): string {
  const gap = values.length > 1 ? Math.abs((values[1] ?? 0) - (values[0] ?? 0)) : Math.abs(value);
  const decimals = Math.max(0, Math.min(9, 2 - Math.floor(Math.log10(gap || 1))));
  return Math.abs(value) >= 1e4 ? value.toLocaleString("en-US") : value.toFixed(decimals);
}
