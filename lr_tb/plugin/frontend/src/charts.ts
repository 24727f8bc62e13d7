/** Four charts on one x axis: what one points at or zooms into, all do. */

import type { Curve } from "./curves";
import { h, offer, perFrame } from "./dom";
import { xExtent, type Range } from "./extent";
import { Figure, type Asks } from "./figure";
import { measure, rate } from "./format";
import { quantityOf, type Content, type Model } from "./model";
import { Readout } from "./readout";
import type { Row } from "./rows";
import { CHARTS, type ChartKey, type State, type View } from "./state";
import type { Theme } from "./theme";

export class Charts {
  readonly element = h("section", { class: "charts", "aria-label": "Charts" });
  private readonly readout = new Readout();
  private readonly figures: Figure[];
  private readonly metric = h("select", { "aria-label": "Metric" });
  private extent: Range = [0, 1];
  private pointed: { x: number | null; row: string | null } = { x: null, row: null };
  private held: string | null = null;
  private contents = new Map<ChartKey, Content>();
  private drawn: { kind: Model["x"]; theme: Theme } | null = null;
  private waiting: Figure[] = [];
  private readonly mark = perFrame(() => this.figures.forEach((figure) => figure.mark(this.pointed.x, this.pointed.row ?? this.held)));

  /** `onHold` hears which row the pointer is on. */
  constructor(
    private readonly state: State,
    common: Omit<Asks, "zoom" | "point">,
    onHold: (row: string | null) => void,
  ) {
    const asks: Asks = {
      ...common,
      zoom: (range) => state.set({ zoom: range && this.clamped(range) }),
      point: (x, row) => {
        if (row !== this.pointed.row) onHold(row);
        this.pointed = { x, row };
        this.mark();
      },
    };
    this.metric.addEventListener("change", () => state.set({ metric: this.metric.value }));
    this.figures = [
      new Figure("rate", h("h2", {}, "Learning rate"), ["planned", "applied"], rate, this.readout, asks),
      new Figure("loss", h("h2", {}, "Loss"), ["train", "validation"], measure, this.readout, asks),
      new Figure("metric", this.metric, ["train", "validation"], measure, this.readout, asks),
      new Figure("time", this.speed(), ["train", "profiled"], measure, this.readout, asks),
    ];
    this.element.append(...this.figures.map((figure) => figure.element));
    document.body.append(this.readout.element);
  }

  /** Fills the menu of metrics, by quantity: a chart shows its training and its validation. */
  offer(metrics: readonly string[], chosen: string): void {
    const byQuantity = new Map([...metrics].reverse().map((metric) => [quantityOf("metric", metric), metric]));
    if (chosen) byQuantity.set(quantityOf("metric", chosen), chosen);
    const quantities = [...new Set(metrics.map((metric) => quantityOf("metric", metric)))];
    const options = quantities.map((name) => [byQuantity.get(name) ?? "", titled(name)] as const);
    offer(this.metric, options.length > 0 ? options : [["", "Metric"]], chosen);
  }

  /** Draws what the model has of these rows, with curves of other origin over the rates. */
  show(model: Model, rows: readonly Row[], view: View, theme: Theme, designed: readonly Curve[]): void {
    this.contents = new Map(CHARTS.map((chart) => [chart, model.content(chart, rows)]));
    this.contents.get("rate")?.curves.push(...designed);
    this.extent = xExtent([...this.contents.values()].flatMap((content) => content.curves)) ?? [0, 1];
    this.drawn = { kind: model.x, theme };
    this.zoom(view);
  }

  /** Draws the same curves over another range, one chart a frame, so that no frame is late. */
  zoom(view: View): void {
    this.waiting = [...this.figures];
    this.next(view);
  }

  private next(view: View): void {
    const figure = this.waiting.shift();
    const content = figure && this.contents.get(figure.key as ChartKey);
    if (!figure || !content || !this.drawn) return this.mark();
    const { key } = figure;
    figure.show(content, {
      ...this.drawn, x: view.zoom ?? this.extent, off: view.off,
      log: view.log.includes(key), full: view.full.includes(key), wide: view.wide === key,
    });
    const { waiting } = this;
    requestAnimationFrame(() => waiting === this.waiting && this.next(view));
  }

  /** Holds a row up, from outside. */
  hold(row: string | null): void {
    this.held = row;
    this.mark();
  }

  /** The charts, for files. */
  get all(): readonly Figure[] {
    return this.figures;
  }

  private clamped([low, high]: Range): Range | null {
    const [first, last] = this.extent;
    const range: Range = [Math.max(first, low), Math.min(last, high)];
    return range[0] <= first && range[1] >= last ? null : range;
  }

  private speed(): HTMLSelectElement {
    const select = h("select", { "aria-label": "Speed" }, h("option", { value: "ms" }, "Step time (ms)"), h("option", { value: "per_second" }, "Steps per second"));
    select.addEventListener("change", () => this.state.set({ speed: select.value as View["speed"] }));
    this.state.watch((view) => void (select.value = view.speed));
    select.value = this.state.view.speed;
    return select;
  }
}

/** `sparse_accuracy` as `Sparse accuracy`, like the titles beside it. */
function titled(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
