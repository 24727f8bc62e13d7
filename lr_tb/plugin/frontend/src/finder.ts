/** Learning-rate range tests: loss over rate, with the rates suggested. */

import { mapped, numbers } from "./arrays";
import type { FinderRecord } from "./contract";
import type { Curve } from "./curves";
import { h, put } from "./dom";
import { xExtent } from "./extent";
import { Figure, type Asks, type Look } from "./figure";
import { measure, rate } from "./format";
import type { Data } from "./live";
import type { Palette } from "./palette";
import { readAt } from "./planned";
import { Readout } from "./readout";
import type { Row } from "./rows";
import type { View } from "./state";
import type { Theme } from "./theme";

type Ink = Pick<Curve, "row" | "label" | "color" | "marker">;

export class Finder {
  readonly element = h("section", { class: "finder", "aria-label": "Learning-rate finder" });
  readonly figure: Figure;
  private readonly suggestions = h("ul", { class: "suggestions" });
  private readonly readout = new Readout();

  constructor(asks: Asks) {
    const mark: Asks["point"] = (x, row) => this.figure.mark(x, row);
    this.figure = new Figure("finder", h("h2", {}, "Learning-rate finder"), ["train", "smoothed", "suggested"], measure, this.readout, { ...asks, point: mark });
    this.element.append(this.figure.element, this.suggestions);
    document.body.append(this.readout.element);
  }

  /** Shows the finders of these rows; hides itself where there is none. */
  show(data: Data, rows: readonly Row[], palette: Palette, view: View, theme: Theme): void {
    const found = rows.flatMap((row) =>
      row.groups.flatMap((group) =>
        (data.finders.get(group.name) ?? []).flatMap(({ record, optimizer }) => {
          const label = [row.groups.length > 1 ? group.name : row.name, optimizer].filter(Boolean).join(" \u00b7 ");
          return record ? [{ record, ink: { row: row.key, label, color: palette.color(row.key, theme.dark), marker: palette.marker(row.key) } }] : [];
        }),
      ),
    );
    this.element.hidden = found.length === 0;
    if (found.length === 0) return;
    put(this.suggestions, ...found.map(({ record, ink }) => h("li", {}, h("b", {}, ink.label), ` ${sayRates(record)}`)));
    const all = found.flatMap(({ record, ink }) => curvesOf(record, ink));
    const curves = all.filter((curve) => !view.off.includes(`finder.${curve.part}`));
    const look: Look = {
      x: view.zoom_finder ?? xExtent(all) ?? [0, 1], kind: "rate", theme, off: view.off,
      log: view.log.includes("finder"), full: view.full.includes("finder"), wide: view.wide === "finder",
    };
    this.figure.show({ curves, gaps: [], bands: [] }, look);
  }
}

function sayRates({ suggestions }: FinderRecord): string {
  return Object.entries(suggestions).map(([rule, value]) => `${rule} ${rate(value)}`).join(", ");
}

function curvesOf({ rates, losses, smoothed, suggestions }: FinderRecord, ink: Ink): Curve[] {
  const xs = mapped(rates, Math.log10);
  const base = { ...ink, xs, steps: Array.from(xs.keys()), raw: null, stepped: false, exact: false, marked: false, dotted: false };
  const found = Object.values(suggestions).filter((value): value is number => value !== null).sort((a, b) => a - b);
  const at = mapped(found, Math.log10);
  const line = numbers(smoothed);
  return [
    { ...base, part: "train", ys: numbers(losses) },
    { ...base, part: "smoothed", ys: line },
    { ...base, part: "suggested", xs: at, ys: mapped(at, (x) => readAt(xs, line, x, false)), steps: found, marked: true },
  ];
}
