/** What moves with the pointer: cross-hair, points under it, and the row held up. */

import type { Curve, Reading } from "./curves";
import { markerPath, paint } from "./paint";
import type { Plot } from "./plot";

/** Curves up to which each gets a point at the cross-hair. */
const POINTED_CURVES = 60;

export class Overlay {
  private readonly canvas = document.createElement("canvas");

  constructor(private readonly plot: Plot) {
    this.canvas.className = "overlay";
    plot.over.append(this.canvas);
  }

  /** Draws the cross-hair at x with the points read there; one row may stand out. */
  draw(x: number | null, readings: readonly { curve: Curve; at: Reading }[], row: string | null): void {
    const context = this.clear();
    const { scene } = this.plot;
    const frame = this.plot.frame(false);
    const held = row === null ? [] : scene.curves.filter((curve) => curve.row === row);
    if (held.length > 0 && held.length < scene.curves.length) {
      context.globalAlpha = 0.72;
      context.fillStyle = scene.theme.surface;
      context.fillRect(0, 0, this.canvas.clientWidth, this.canvas.clientHeight);
      context.globalAlpha = 1;
      paint(context, held, scene.gaps.filter((gap) => held.some((curve) => curve.color === gap.color)), frame, { theme: scene.theme, ratio: 1 });
    }
    if (x === null) return;
    this.crossHair(context, x * frame.scaleX + frame.offsetX);
    if (readings.length > POINTED_CURVES) return;
    for (const { curve, at } of readings) {
      const y = (frame.log ? Math.log10(at.y) : at.y) * frame.scaleY + frame.offsetY;
      if (!Number.isFinite(y)) continue;
      context.fillStyle = curve.color;
      context.strokeStyle = scene.theme.surface;
      context.beginPath();
      markerPath(context, curve.marker, at.x * frame.scaleX + frame.offsetX, y, 3.5);
      context.fill();
      context.stroke();
    }
  }

  private crossHair(context: CanvasRenderingContext2D, left: number): void {
    context.strokeStyle = this.plot.scene.theme.faint;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(Math.round(left) + 0.5, 0);
    context.lineTo(Math.round(left) + 0.5, this.canvas.clientHeight);
    context.stroke();
  }

  private clear(): CanvasRenderingContext2D {
    const { width, height } = this.plot.area;
    const ratio = window.devicePixelRatio;
    const context = this.canvas.getContext("2d") as CanvasRenderingContext2D;
    const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== pixelWidth || this.canvas.height !== pixelHeight) Object.assign(this.canvas, { width: pixelWidth, height: pixelHeight });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
  }
}
