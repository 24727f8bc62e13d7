/** The values of all curves at one x, beside the pointer. */

import type { Curve, Part, Reading } from "./curves";
import { h, put } from "./dom";
import { swatch } from "./swatch";

/** Lines shown; of more curves those nearest to the pointer. */
const MOST = 16;

export interface Reader {
  curve: Curve;
  at: Reading;
  /** Distance to the pointer in pixels. */
  away: number;
}

interface Line {
  curve: Curve;
  away: number;
  values: Map<Part, Reading>;
}

export class Readout {
  readonly element = h("div", { class: "readout", hidden: true });

  hide(): void {
    this.element.hidden = true;
  }

  /** Shows what was read, beside a point of the window. */
  show(title: string, readers: readonly Reader[], say: (value: number) => string, left: number, top: number): void {
    const lines = linesOf(readers);
    const parts = [...new Set(lines.flatMap((line) => [...line.values.keys()]))];
    const nearest = [...lines].sort((a, b) => a.away - b.away).slice(0, MOST);
    const kept = lines.filter((line) => nearest.includes(line)).sort((a, b) => topValue(b) - topValue(a));
    put(
      this.element,
      h("table", {},
        h("thead", {}, h("tr", {}, h("th", {}, title), ...parts.map((part) => h("th", {}, part)))),
        h("tbody", {}, ...kept.map((line) => row(line, parts, say, nearest[0] === line)))),
      lines.length > kept.length && h("p", {}, `and ${lines.length - kept.length} more, farther away`),
    );
    this.element.hidden = lines.length === 0;
    this.place(left, top);
  }

  private place(left: number, top: number): void {
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const besides = left + 16 + width > window.innerWidth ? left - 16 - width : left + 16;
    const above = Math.min(Math.max(4, top - height / 2), Math.max(4, window.innerHeight - height - 4));
    this.element.style.transform = `translate(${Math.round(Math.max(4, besides))}px, ${Math.round(above)}px)`;
  }
}

/** What tells the trainings of a chart apart: the curves of one share a line. */
export function nameOf(curve: Curve): string {
  return `${curve.row}\n${curve.label}`;
}

function linesOf(readers: readonly Reader[]): Line[] {
  const lines = new Map<string, Line>();
  for (const { curve, at, away } of readers) {
    const key = nameOf(curve);
    const line = lines.get(key) ?? { curve, away, values: new Map() };
    line.away = Math.min(line.away, away);
    line.values.set(curve.part, at);
    lines.set(key, line);
  }
  return [...lines.values()];
}

function topValue(line: Line): number {
  return Math.max(...[...line.values.values()].map((at) => at.y));
}

function row(line: Line, parts: readonly Part[], say: (value: number) => string, nearest: boolean): HTMLElement {
  const cells = parts.map((part) => h("td", {}, line.values.has(part) ? say(line.values.get(part)?.y ?? Number.NaN) : ""));
  return h("tr", { class: nearest && "nearest" }, h("th", {}, swatch(line.curve.color, line.curve.marker), line.curve.label), ...cells);
}
