/** Curves onto a canvas. */

import { DASHES, HOLLOW, type Curve, type Gap, type Part } from "./curves";
import { mix, type Marker } from "./palette";
import type { Band } from "./profile";
import type { Theme } from "./theme";
import { eachPoint, inView, trace, type Frame } from "./trace";

/** Rows up to which each curve carries its marker; beyond, markers would hide the curves. */
const MARKED_ROWS = 24;
const ORDER: readonly Part[] = ["train", "profiled", "applied", "smoothed", "validation", "planned", "designed", "suggested"];
const MARKER_GAP = 140;
const POINT_GAP = 7;

export interface Style {
  theme: Theme;
  /** Device pixels per CSS pixel. */
  ratio: number;
}

/** Draws gaps, then lines, then markers. */
export function paint(context: CanvasRenderingContext2D, curves: readonly Curve[], gaps: readonly Gap[], frame: Frame, style: Style): void {
  context.lineJoin = "round";
  for (const gap of gaps) paintGap(context, gap, frame, gapAlpha(gap, gaps));
  curves = [...curves].sort((a, b) => ORDER.indexOf(a.part) - ORDER.indexOf(b.part));
  const rows = rowCount(curves);
  for (const curve of curves) if (curve.raw) paintLine(context, { ...curve, ys: curve.raw, raw: null }, frame, style, rows, 0.22);
  for (const curve of curves) paintLine(context, curve, frame, style, rows, 1);
  for (const curve of curves) paintMarks(context, curve, frame, style, rows <= MARKED_ROWS);
}

function paintLine(context: CanvasRenderingContext2D, curve: Curve, frame: Frame, { ratio, theme }: Style, rows: number, alpha: number): void {
  if (WIDTHS[curve.part] === 0) return;
  context.globalAlpha = alpha * alphaOf(curve);
  context.strokeStyle = context.fillStyle = inkOf(curve, theme);
  context.lineWidth = widthOf(curve, rows) * ratio;
  context.setLineDash(DASHES[curve.part].map((length) => length * ratio));
  context.beginPath();
  if (areDots(curve, frame, ratio)) {
    eachPoint(curve, frame, (x, y) => context.rect(x - DOT * ratio, y - DOT * ratio, 2 * DOT * ratio, 2 * DOT * ratio));
    context.fill();
  } else {
    trace(curve, frame, context);
    context.stroke();
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** Line widths in CSS pixels; 0 draws none. What was applied lies as a pale band under the dashes of its plan. */
export const WIDTHS: Record<Part, number> = { planned: 1.25, designed: 2, applied: 3, train: 1, validation: 1.75, smoothed: 1.5, suggested: 0, profiled: 1.25 };

/** The width of a line; a smoothed one stands for many points, and many rows want fine ones. */
export function widthOf(curve: Curve, rows: number): number {
  const width = curve.raw && curve.part === "train" ? WIDTHS.smoothed : WIDTHS[curve.part];
  return rows > MARKED_ROWS ? Math.max(0.75, width / 2) : width;
}

/** How many rows curves are of. */
export function rowCount(curves: readonly Curve[]): number {
  return new Set(curves.map((curve) => curve.row)).size;
}

/** How much of a line covers what lies under it. */
export function alphaOf(curve: Curve): number {
  return curve.part === "train" && !curve.raw ? 0.6 : 1;
}

/** The colour of a line: seeds lie over each other, so a pale band is mixed, not transparent. */
export function inkOf(curve: Curve, theme: Theme): string {
  return curve.part === "applied" ? mix(curve.color, theme.surface, 0.5) : curve.color;
}

/** Half the side of a dot. */
export const DOT = 0.9;

/** Whether a curve is drawn as dots here: where a line would cross itself in every pixel. */
export function areDots(curve: Curve, frame: Frame, ratio: number): boolean {
  if (!curve.dotted) return false;
  const [first, last] = inView(curve.xs, frame.low, frame.high);
  return (last - first) * POINT_GAP * ratio > (frame.high - frame.low) * frame.scaleX;
}

/** Where a curve's markers stand: at each point where there is room, else now and then. */
export function marksOf(curve: Curve, frame: Frame, ratio: number, spaced: boolean): [number, number][] {
  const places: [number, number][] = [];
  if (curve.exact || curve.part === "smoothed" || areDots(curve, frame, ratio)) return places;
  const all: [number, number][] = [];
  eachPoint(curve, frame, (x, y) => all.push([x, y]));
  const span = (all.at(-1)?.[0] ?? 0) - (all[0]?.[0] ?? 0);
  if (all.length < 2 || span / all.length > POINT_GAP * ratio) return all;
  if (!spaced && !curve.marked) return places;
  let next = all[0] ? all[0][0] + (((curve.color.charCodeAt(1) * 37 + curve.color.charCodeAt(3) * 11) % MARKER_GAP) / 2 + 20) * ratio : 0;
  for (const point of all) {
    if (point[0] < next) continue;
    places.push(point);
    next = point[0] + MARKER_GAP * ratio;
  }
  return places;
}

/** The radius of a curve's markers. */
export function markSize(curve: Curve): number {
  return curve.part === "suggested" ? 4.5 : 2.75;
}

function paintMarks(context: CanvasRenderingContext2D, curve: Curve, frame: Frame, { ratio, theme }: Style, spaced: boolean): void {
  const size = markSize(curve) * ratio;
  const hollow = HOLLOW.has(curve.part);
  context.lineWidth = 1.25 * ratio;
  context.strokeStyle = curve.color;
  context.fillStyle = hollow ? theme.surface : curve.color;
  for (const [x, y] of marksOf(curve, frame, ratio, spaced)) {
    context.beginPath();
    markerPath(context, curve.marker, x, y, size);
    context.fill();
    context.stroke();
  }
}

/** How much of a band covers the surface. */
export const BAND_ALPHA = 0.14;

/** Draws stretches of x over the whole height of the plotting area. */
export function paintBands(context: CanvasRenderingContext2D, bands: readonly Band[], frame: Frame, { top, height }: { top: number; height: number }, theme: Theme): void {
  context.globalAlpha = BAND_ALPHA;
  context.fillStyle = theme.accent;
  for (const { from, to } of bands) context.fillRect(from * frame.scaleX + frame.offsetX, top, (to - from) * frame.scaleX, height);
  context.globalAlpha = 1;
}

/** Seeds that part at the same place are no darker than one that does. */
export function gapAlpha(gap: Gap, gaps: readonly Gap[]): number {
  return 0.18 / Math.max(1, new Set(gaps.filter((other) => other.color === gap.color).map((other) => other.group)).size);
}

function paintGap(context: CanvasRenderingContext2D, gap: Gap, frame: Frame, alpha: number): void {
  context.globalAlpha = alpha;
  context.fillStyle = gap.color;
  context.beginPath();
  trace({ xs: gap.xs, ys: gap.planned, stepped: false, exact: false }, frame, context);
  const back = (values: Float64Array): Float64Array => Float64Array.from(values).reverse();
  const xs = back(gap.xs);
  const ys = back(gap.applied);
  for (let i = 0; i < xs.length; i++) {
    const y = frame.log ? Math.log10(ys[i] as number) : (ys[i] as number);
    if (Number.isFinite(y)) context.lineTo((xs[i] as number) * frame.scaleX + frame.offsetX, y * frame.scaleY + frame.offsetY);
  }
  context.fill();
  context.globalAlpha = 1;
}

/** What canvas paths and Path2D have in common. */
export interface Outline {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  closePath(): void;
}

const CORNERS: Record<Marker, readonly number[]> = {
  circle: Array.from({ length: 12 }, (_, i) => i / 12),
  square: [1 / 8, 3 / 8, 5 / 8, 7 / 8],
  triangle: [3 / 4, 1 / 12, 5 / 12],
  diamond: [0, 1 / 4, 1 / 2, 3 / 4],
  cross: [],
  star: [],
  wedge: [1 / 4, 7 / 12, 11 / 12],
};

/** The outline of a marker of a given radius. */
export function markerPath(pen: Outline, marker: Marker, x: number, y: number, radius: number): void {
  const corners = CORNERS[marker];
  const spokes = marker === "star" ? 10 : 8;
  const turns = corners.length > 0 ? corners : Array.from({ length: spokes }, (_, i) => i / spokes + 1 / 20);
  turns.forEach((turn, i) => {
    const reach = corners.length === 0 && i % 2 === 1 ? radius * 0.45 : radius * 1.15;
    const angle = turn * 2 * Math.PI;
    if (i === 0) pen.moveTo(x + reach * Math.cos(angle), y + reach * Math.sin(angle));
    else pen.lineTo(x + reach * Math.cos(angle), y + reach * Math.sin(angle));
  });
  pen.closePath();
}
