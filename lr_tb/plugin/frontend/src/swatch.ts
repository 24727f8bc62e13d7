/** Samples of lines, for lists and legends. */

import { DASHES, HOLLOW, type Part } from "./curves";
import { svg } from "./dom";
import { markerPath } from "./paint";
import type { Marker } from "./palette";

/** A marker as the data of an SVG path. */
export function markerData(marker: Marker, x: number, y: number, radius: number): string {
  let data = "";
  const say = (letter: string) => (px: number, py: number) => void (data += `${letter}${px.toFixed(1)} ${py.toFixed(1)}`);
  markerPath({ moveTo: say("M"), lineTo: say("L"), closePath: () => void (data += "Z") }, marker, x, y, radius);
  return data;
}

/** A run's line with its marker. */
export function swatch(color: string, marker: Marker): SVGElement {
  return svg("svg", { class: "swatch", width: 20, height: 12, viewBox: "0 0 20 12", "aria-hidden": "true" },
    svg("path", { d: "M1 6H19", stroke: color, "stroke-width": 2 }),
    svg("path", { d: markerData(marker, 10, 6, 3.6), fill: color }));
}

/** The line of a part, in the colour of the text. */
export function sample(part: Part): SVGElement {
  return svg("svg", { class: "sample", width: 22, height: 10, viewBox: "0 0 22 10", "aria-hidden": "true" },
    part !== "suggested" && svg("path", { d: "M0 5H22", stroke: "currentColor", "stroke-width": part === "train" ? 1 : 1.75, "stroke-dasharray": DASHES[part].join(" ") || false, fill: "none" }),
    HOLLOW.has(part) && svg("circle", { cx: 11, cy: 5, r: 2.75, fill: "var(--surface)", stroke: "currentColor", "stroke-width": 1.25 }));
}
