/** Smoothing as TensorBoard does it: an exponential mean, corrected for its start. */

/** Gaps stay gaps and do not disturb what follows. Constant series stay as they are. */
export function smoothed(values: Float64Array, weight: number): Float64Array {
  if (weight <= 0) return values;
  const out = new Float64Array(values.length);
  let last = 0;
  let seen = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) {
      out[i] = Number.NaN;
      continue;
    }
    last = last * weight + (1 - weight) * value;
    seen++;
    out[i] = last / (1 - weight ** seen);
  }
  return out;
}
