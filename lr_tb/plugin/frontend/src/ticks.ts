/** Where the ticks of an axis stand. */

const NICE = [1, 2, 5, 10];

/** Round values in [low, high], at most about `most` of them. */
export function linear(low: number, high: number, most: number): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const step = niceStep(span / Math.max(1, most));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => clean((first + i) * step));
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * (NICE.find((nice) => nice * power >= rough * 0.999) ?? 10);
}

function clean(value: number): number {
  return Number.parseFloat(value.toPrecision(12));
}

/** Steps that suit a clock: seconds, minutes, hours. */
export function clock(low: number, high: number, most: number): number[] {
  const rough = (high - low) / Math.max(1, most);
  const step = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400].find((s) => s >= rough);
  if (rough < 10 || step === undefined) return linear(low, high, most);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

/** Ticks for a logarithmic axis between 10^low and 10^high: decades, then 1-2-5, then round values. */
export function logarithmic(low: number, high: number, most: number): number[] {
  if (high - low < 1) return linear(10 ** low, 10 ** high, most).filter((value) => value > 0);
  const decades = Math.floor(high) - Math.ceil(low) + 1;
  const every = Math.max(1, Math.ceil(decades / most));
  const mantissas = decades * 3 <= most ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = Math.floor(low); power <= high; power++) {
    if (power % every !== 0) continue;
    for (const mantissa of mantissas) {
      const value = Number.parseFloat(`${mantissa}e${power}`);
      if (Math.log10(value) >= low - 1e-9 && Math.log10(value) <= high + 1e-9) ticks.push(value);
    }
  }
  return ticks.length > 1 ? ticks : linear(10 ** low, 10 ** high, most).filter((value) => value > 0);
}
