/** A chart as an SVG picture: what the screen shows, with its title and a legend. */

import { DASHES, HOLLOW, type Curve, type Gap } from "./curves";
import { svg } from "./dom";
import type { Figure } from "./figure";
import { alphaOf, areDots, BAND_ALPHA, DOT, gapAlpha, inkOf, markSize, marksOf, rowCount, widthOf } from "./paint";
import type { Plot } from "./plot";
import type { Band } from "./profile";
import { markerData } from "./swatch";
import type { Theme } from "./theme";
import { eachPoint, trace, type Frame, type Pen } from "./trace";

const TITLE = 28;
const LEGEND_LINE = 18;
const LEGEND_MOST = 40;
const LEGEND_COLUMN = 220;
/** What no XML file may hold. */
const NO_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;
const FONT = "system-ui, sans-serif";

export interface Picture {
  blob: Blob;
  width: number;
  height: number;
}

/** Draws a figure. */
export function picture(figure: Figure, plot: Plot, axis: string): Picture {
  const { theme, curves, gaps, bands } = plot.scene;
  const { left, top, width, height } = plot.area;
  const wide = left + width + 16;
  const key = legend(curves, wide, theme);
  const bottom = TITLE + top + height + 40;
  const tall = bottom + key.height;
  const root = svg("svg", { xmlns: "http://www.w3.org/2000/svg", width: wide, height: tall, viewBox: `0 0 ${wide} ${tall}`, "font-family": FONT, "font-size": 11 },
    svg("rect", { width: wide, height: tall, fill: theme.surface }),
    text(figure.name, 12, 19, theme.text, { "font-size": 13, "font-weight": 600 }),
    svg("g", { transform: `translate(${left} ${TITLE + top})` },
      svg("clipPath", { id: "area" }, svg("rect", { x: -4, y: -4, width: width + 8, height: height + 8 })),
      ...grid(plot, theme),
      svg("g", { "clip-path": "url(#area)" }, ...bands.map((band) => bandShape(band, plot, theme)), ...gaps.map((gap) => gapShape(gap, plot.frame(false), gapAlpha(gap, gaps))), ...curves.flatMap((curve) => shapes(curve, plot.frame(false), theme, rowCount(curves)))),
      text(axis, width, height + 34, theme.faint, { "text-anchor": "end" })),
    svg("g", { transform: `translate(12 ${bottom})` }, ...key.items));
  return { blob: new Blob([new XMLSerializer().serializeToString(root)], { type: "image/svg+xml" }), width: wide, height: tall };
}

function text(words: string, x: number, y: number, fill: string, more: Record<string, string | number> = {}): SVGElement {
  return svg("text", { x, y, fill, ...more }, words.replace(NO_XML, "\ufffd"));
}

function grid(plot: Plot, theme: Theme): SVGElement[] {
  const { width, height } = plot.area;
  const frame = plot.frame(false);
  const [x, y] = [plot.ticks("x"), plot.ticks("y")];
  return [
    ...x.at.flatMap((at, i) => {
      const left = at * frame.scaleX + frame.offsetX;
      return [svg("path", { d: `M${left} 0V${height}`, stroke: theme.grid }), text(x.labels[i] ?? "", left, height + 16, theme.faint, { "text-anchor": "middle" })];
    }),
    ...y.at.flatMap((at, i) => {
      const down = at * frame.scaleY + frame.offsetY;
      return [svg("path", { d: `M0 ${down}H${width}`, stroke: theme.grid }), text(y.labels[i] ?? "", -6, down + 4, theme.faint, { "text-anchor": "end" })];
    }),
  ];
}

/** A pen that writes the data of an SVG path. */
function writer(): Pen & { data: string } {
  return {
    data: "",
    moveTo(x, y) {
      this.data += `M${x.toFixed(1)} ${y.toFixed(1)}`;
    },
    lineTo(x, y) {
      this.data += `L${x.toFixed(1)} ${y.toFixed(1)}`;
    },
  };
}

function shapes(curve: Curve, frame: Frame, theme: Theme, rows: number): SVGElement[] {
  const out: SVGElement[] = [];
  if (curve.raw) out.push(line({ ...curve, ys: curve.raw, raw: null }, frame, theme, rows, 0.22));
  out.push(areDots(curve, frame, 1) ? dots(curve, frame) : line(curve, frame, theme, rows, 1));
  for (const [x, y] of marksOf(curve, frame, 1, true))
    out.push(svg("path", { d: markerData(curve.marker, x, y, markSize(curve)), fill: HOLLOW.has(curve.part) ? theme.surface : curve.color, stroke: curve.color, "stroke-width": 1.25 }));
  return out;
}

function line(curve: Curve, frame: Frame, theme: Theme, rows: number, alpha: number): SVGElement {
  const pen = writer();
  trace(curve, frame, pen);
  return svg("path", { d: pen.data, fill: "none", stroke: inkOf(curve, theme), "stroke-width": widthOf(curve, rows), "stroke-opacity": alphaOf(curve) * alpha, "stroke-dasharray": DASHES[curve.part].join(" ") || false, "stroke-linejoin": "round" });
}

function dots(curve: Curve, frame: Frame): SVGElement {
  let data = "";
  eachPoint(curve, frame, (x, y) => (data += `M${(x - DOT).toFixed(1)} ${(y - DOT).toFixed(1)}h${2 * DOT}v${2 * DOT}h${-2 * DOT}z`));
  return svg("path", { d: data, fill: curve.color, "fill-opacity": alphaOf(curve) });
}

function bandShape({ from, to }: Band, plot: Plot, theme: Theme): SVGElement {
  const { scaleX, offsetX } = plot.frame(false);
  return svg("rect", { x: from * scaleX + offsetX, y: 0, width: (to - from) * scaleX, height: plot.area.height, fill: theme.accent, "fill-opacity": BAND_ALPHA });
}

function gapShape(gap: Gap, frame: Frame, alpha: number): SVGElement {
  const [there, back] = [writer(), writer()];
  const edge = { xs: gap.xs, stepped: false, exact: false };
  trace({ ...edge, ys: gap.planned }, frame, there);
  trace({ ...edge, ys: gap.applied }, frame, back);
  const way = back.data.split(/(?=[ML])/).reverse().map((point) => `L${point.slice(1)}`).join("");
  return svg("path", { d: `${there.data}${way}z`, fill: gap.color, "fill-opacity": alpha });
}

function legend(curves: readonly Curve[], width: number, theme: Theme): { items: SVGElement[]; height: number } {
  const seen = [...new Map(curves.map((curve) => [curve.row, curve])).values()];
  const shown = seen.slice(0, LEGEND_MOST);
  const columns = Math.max(1, Math.floor((width - 24) / LEGEND_COLUMN));
  const items = shown.flatMap((curve, i) => {
    const [x, y] = [(i % columns) * LEGEND_COLUMN, Math.floor(i / columns) * LEGEND_LINE];
    const name = curve.label.split(" \u00b7 ")[0] ?? "";
    return [
      svg("path", { d: `M${x} ${y + 6}h18`, stroke: curve.color, "stroke-width": 2 }),
      svg("path", { d: markerData(curve.marker, x + 9, y + 6, 3.6), fill: curve.color }),
      text(name.length > 32 ? `${name.slice(0, 31)}\u2026` : name, x + 26, y + 10, theme.text),
    ];
  });
  const lines = Math.ceil(shown.length / columns) + (seen.length > shown.length ? 1 : 0);
  if (seen.length > shown.length) items.push(text(`and ${seen.length - shown.length} more`, 0, lines * LEGEND_LINE - 8, theme.faint));
  return { items, height: lines * LEGEND_LINE + 8 };
}
