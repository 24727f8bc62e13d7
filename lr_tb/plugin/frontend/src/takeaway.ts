/** Everything shown, as files: the points in view as logged, and the table. */

import { X_LABELS } from "./axis";
import type { Charts } from "./charts";
import type { Comparison } from "./contract";
import type { Curve } from "./curves";
import type { Figure } from "./figure";
import { linkTo } from "./link";
import { picture } from "./picture";
import { csv, json, png, save, type Cell } from "./save";
import type { View, XKind } from "./state";

interface Point {
  step: number;
  x: number;
  value: number;
  smoothed: number | null;
}

/** The points of a curve between two x. */
function pointsOf(curve: Curve, low: number, high: number): Point[] {
  const points: Point[] = [];
  for (let i = 0; i < curve.xs.length; i++) {
    const x = curve.xs[i] as number;
    if (x < low || x > high) continue;
    const drawn = curve.ys[i] as number;
    points.push({ step: curve.steps[i] as number, x, value: curve.raw ? (curve.raw[i] as number) : drawn, smoothed: curve.raw ? drawn : null });
  }
  return points;
}

function inView(figure: Figure): { curve: Curve; points: Point[] }[] {
  const [low, high] = figure.plot?.scene.x ?? [0, 0];
  return figure.curves.map((curve) => ({ curve, points: pointsOf(curve, low, high) }));
}

/** One line per point. */
export function saveCurves(charts: Charts, kind: XKind): void {
  const lines: Cell[][] = [["chart", "run", "curve", "part", "step", X_LABELS[kind], "value", "smoothed"]];
  for (const figure of charts.all)
    for (const { curve, points } of inView(figure))
      for (const { step, x, value, smoothed } of points) lines.push([figure.name, curve.row, curve.label, curve.part, step, x, value, smoothed]);
  save("lr_tb-curves.csv", csv(lines));
}

export function saveTable(lines: readonly string[][]): void {
  save("lr_tb-comparison.csv", csv(lines));
}

/** The view, the table and the points, for programs. */
export function saveAll(charts: Charts, kind: XKind, view: View, comparison: Comparison | null): void {
  const shown = charts.all.map((figure) => ({
    chart: figure.name,
    curves: inView(figure).map(({ curve, points }) => ({ run: curve.row, curve: curve.label, part: curve.part, points })),
  }));
  save("lr_tb.json", json({ version: 1, link: linkTo(view), x: kind, charts: shown, comparison }));
}

/** A chart as a picture. */
export async function savePicture(figure: Figure, as: "png" | "svg", axis: string): Promise<void> {
  if (!figure.plot) return;
  const drawn = picture(figure, figure.plot, axis);
  const name = `lr_tb-${figure.key}.${as}`;
  save(name, as === "svg" ? drawn.blob : await png(drawn.blob, drawn.width, drawn.height));
}
