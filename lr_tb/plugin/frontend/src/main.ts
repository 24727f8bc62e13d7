/** The module that TensorBoard's frame imports and whose `render` it calls. */

import uPlotSheet from "uplot/dist/uPlot.min.css";
import { App } from "./app";
import { h } from "./dom";
import sheet from "../style.css";

export function render(): void {
  document.documentElement.lang = "en";
  document.title = "LR Schedules";
  document.head.append(h("style", {}, uPlotSheet + sheet));
  new App().start();
}
