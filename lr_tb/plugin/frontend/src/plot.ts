/**
 * One plot: uPlot draws axes, grid and selection, we draw the curves. uPlot wants one x
 * array for all series; runs that TensorBoard samples have each their own.
 */

import uPlot from "uplot";
import { decadeTicks, xTicks, type AxisKind, type Ticks } from "./axis";
import type { Content } from "./model";
import type { Range } from "./extent";
import { ticksOf } from "./format";
import { paint, paintBands } from "./paint";
import type { Theme } from "./theme";
import { linear } from "./ticks";
import type { Frame } from "./trace";

const FONT = "11px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const Y_AXIS = 56;
const X_AXIS = 26;
const X_TICK = 90;
const Y_TICK = 36;

export interface Scene extends Content {
  x: Range;
  /** In decades where `log`. */
  y: Range;
  log: boolean;
  kind: AxisKind;
  theme: Theme;
}

export interface Gestures {
  onZoom(range: Range): void;
  onReset(): void;
  /** The pointer, in CSS pixels of the plotting area; null when it left. */
  onPoint(at: { left: number; top: number } | null): void;
}

export class Plot {
  private readonly plot: uPlot;
  scene: Scene;

  constructor(
    readonly root: HTMLElement,
    scene: Scene,
    private readonly gestures: Gestures,
  ) {
    this.scene = scene;
    this.plot = new uPlot(this.options(), this.corners(), root);
    this.over.addEventListener("mouseleave", () => gestures.onPoint(null));
  }

  /** The element over the plotting area. */
  get over(): HTMLElement {
    return this.plot.over;
  }

  /** The canvas with everything drawn. */
  get canvas(): HTMLCanvasElement {
    return this.plot.ctx.canvas;
  }

  show(scene: Scene): void {
    this.scene = scene;
    this.plot.setData(this.corners());
  }

  resize(width: number, height: number): void {
    if (width !== this.plot.width || height !== this.plot.height) this.plot.setSize({ width, height });
  }

  /** From values to pixels: of the canvas, or CSS pixels of the plotting area. */
  frame(canvasPixels: boolean): Frame {
    const { x, y, log } = this.scene;
    const { left, top, width, height } = this.plot.bbox;
    const unit = canvasPixels ? 1 : uPlot.pxRatio;
    const scaleX = width / unit / (x[1] - x[0]);
    const scaleY = -height / unit / (y[1] - y[0]);
    return {
      low: x[0], high: x[1], log, scaleX, scaleY,
      offsetX: (canvasPixels ? left : 0) - x[0] * scaleX,
      offsetY: (canvasPixels ? top : 0) - y[1] * scaleY,
    };
  }

  /** The plotting area in CSS pixels. */
  get area(): { left: number; top: number; width: number; height: number } {
    const { left, top, width, height } = this.plot.bbox;
    const ratio = uPlot.pxRatio;
    return { left: left / ratio, top: top / ratio, width: width / ratio, height: height / ratio };
  }

  /** Values and labels of the ticks now drawn. */
  ticks(axis: "x" | "y"): Ticks {
    const { x, y, log, kind } = this.scene;
    const { width, height } = this.area;
    if (axis === "x") return xTicks(kind, x[0], x[1], width / X_TICK);
    if (log) return decadeTicks(y[0], y[1], height / Y_TICK);
    const at = linear(y[0], y[1], height / Y_TICK);
    return { at, labels: ticksOf(at) };
  }

  destroy(): void {
    this.plot.destroy();
  }

  private corners(): uPlot.AlignedData {
    return [this.scene.x, this.scene.y];
  }

  private options(): uPlot.Options {
    const color = () => this.scene.theme.faint;
    const axis = (name: "x" | "y", size: number): uPlot.Axis => ({
      size, font: FONT, stroke: color, gap: 4,
      grid: { stroke: () => this.scene.theme.grid, width: 1 },
      ticks: { show: false },
      splits: () => this.ticks(name).at,
      values: () => this.ticks(name).labels,
    });
    return {
      width: Math.max(1, this.root.clientWidth), height: Math.max(1, this.root.clientHeight),
      padding: [8, 14, 0, 0],
      legend: { show: false },
      scales: { x: { time: false, range: () => this.scene.x }, y: { range: () => this.scene.y } },
      axes: [axis("x", X_AXIS), axis("y", Y_AXIS)],
      series: [{}, { paths: () => null, points: { show: false } }],
      cursor: {
        x: false, y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: 4 },
        bind: { dblclick: () => () => (this.gestures.onReset(), null) },
      },
      hooks: {
        draw: [() => this.draw()],
        setSelect: [(plot) => this.selected(plot)],
        setCursor: [({ cursor }) => this.pointed(cursor.left ?? -1, cursor.top ?? -1)],
      },
    };
  }

  private draw(): void {
    const { ctx: context, bbox } = this.plot;
    context.save();
    context.beginPath();
    // A marker on the edge is drawn whole.
    const room = 4 * uPlot.pxRatio;
    context.rect(bbox.left - room, bbox.top - room, bbox.width + 2 * room, bbox.height + 2 * room);
    context.clip();
    paintBands(context, this.scene.bands, this.frame(true), bbox, this.scene.theme);
    paint(context, this.scene.curves, this.scene.gaps, this.frame(true), { theme: this.scene.theme, ratio: uPlot.pxRatio });
    context.restore();
  }

  private selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 4) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.gestures.onZoom([plot.posToVal(left, "x"), plot.posToVal(left + width, "x")]);
  }

  private pointed(left: number, top: number): void {
    if (left >= 0 && top >= 0) this.gestures.onPoint({ left, top });
  }
}
