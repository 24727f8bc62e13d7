/** A chart with its title, its legend, its buttons and what it says in words. */

import { X_LABELS, sayX, type AxisKind } from "./axis";
import { reading, type Curve, type Part } from "./curves";
import { h, put, refocused } from "./dom";
import { yExtent, type Range } from "./extent";
import { count } from "./format";
import type { Content } from "./model";
import { Overlay } from "./overlay";
import { Plot, type Scene } from "./plot";
import { nameOf, type Reader, type Readout } from "./readout";
import type { FigureKey } from "./state";
import { sample } from "./swatch";
import type { Theme } from "./theme";

export interface Look {
  x: Range;
  kind: AxisKind;
  log: boolean;
  /** Whether values far from all others count for the range of y. */
  full: boolean;
  wide: boolean;
  off: readonly string[];
  theme: Theme;
}

/** What a figure asks of the page. */
export interface Asks {
  zoom(range: Range | null): void;
  /** The pointer is at x, over a row or none. */
  point(x: number | null, row: string | null): void;
  toggle(what: "log" | "full" | "wide", figure: FigureKey): void;
  part(name: string): void;
  save(figure: Figure, as: "png" | "svg"): void;
}

const EMPTY: Range = [0, 1];
/** Charts whose range of y leaves out a few values far from all others. */
const CLIPPED: ReadonlySet<FigureKey> = new Set(["loss", "metric", "time", "finder"]);
/** Whose clock the step times are by. */
const CLOCKS: Readonly<Record<string, string>> = {
  "time.train": "Show or hide: step times by the clock of the training process",
  "time.profiled": "Show or hide: profiled steps, by the profiler's clock",
};
/** Pixels within which the pointer is on a curve. */
const NEAR = 24;

export class Figure {
  readonly element: HTMLElement;
  plot: Plot | null = null;
  private overlay: Overlay | null = null;
  private readonly body = h("div", { class: "plot", tabindex: 0 });
  private readonly empty = h("p", { class: "empty" });
  private readonly note = h("button", { class: "note", type: "button", hidden: true });
  private readonly legend = h("div", { class: "legend", role: "group" });
  private readonly buttons: Record<"log" | "wide", HTMLButtonElement>;
  private look: Look | null = null;
  private keyed: number | null = null;

  constructor(
    readonly key: FigureKey,
    private readonly title: HTMLElement,
    private readonly parts: readonly Part[],
    readonly say: (value: number) => string,
    private readonly readout: Readout,
    private readonly asks: Asks,
  ) {
    const button = (what: "log" | "wide", text: string, label: string): HTMLButtonElement =>
      h("button", { type: "button", class: "flat", title: label, "aria-label": label, onclick: () => asks.toggle(what, key) }, text);
    this.buttons = { log: button("log", "log", "Logarithmic y axis"), wide: button("wide", "\u2922", "Large chart") };
    const save = (as: "png" | "svg"): HTMLElement =>
      h("button", { type: "button", role: "menuitem", onclick: () => asks.save(this, as) }, as.toUpperCase());
    const menu = h("details", { class: "menu" }, h("summary", { "aria-label": "Save chart", title: "Save chart" }, "\u2913"), h("div", { role: "menu" }, save("png"), save("svg")));
    menu.addEventListener("click", (event) => event.target instanceof HTMLButtonElement && menu.removeAttribute("open"));
    this.note.addEventListener("click", () => asks.toggle("full", key));
    this.body.addEventListener("keydown", (event) => this.pressed(event));
    this.body.addEventListener("blur", () => this.left());
    this.element = h("figure", { class: "chart", "data-chart": key },
      h("figcaption", {}, title, this.legend, this.note, this.buttons.log, menu, this.buttons.wide), this.body, this.empty);
    new ResizeObserver(() => this.fit()).observe(this.body);
  }

  get name(): string {
    return this.title instanceof HTMLSelectElement ? (this.title.selectedOptions[0]?.text ?? "") : (this.title.textContent ?? "");
  }

  get curves(): readonly Curve[] {
    return this.plot?.scene.curves ?? [];
  }

  /** Draws the content; with none of it, says so. */
  show(content: Content, look: Look): void {
    this.look = look;
    const extent = yExtent(content.curves, look.x, look.log, CLIPPED.has(this.key) && !look.log && !look.full);
    const scene: Scene = { ...content, x: look.x, y: extent?.range ?? EMPTY, log: look.log, kind: look.kind, theme: look.theme };
    this.element.classList.toggle("wide", look.wide);
    this.buttons.log.setAttribute("aria-pressed", String(look.log));
    this.buttons.wide.setAttribute("aria-pressed", String(look.wide));
    this.empty.textContent = extent ? "" : look.log && content.curves.length > 0 ? "Nothing above zero to draw" : "Nothing logged";
    this.showLegend(content, look);
    this.showNote(extent?.beyond ?? 0, look);
    this.body.setAttribute("role", "group");
    this.body.setAttribute("aria-roledescription", "chart");
    this.body.setAttribute("aria-label", `${this.name} over ${X_LABELS[look.kind]}, ${content.curves.length} curves. Arrow keys read values, plus and minus zoom, Escape resets.`);
    if (this.plot) this.plot.show(scene);
    else if (this.body.clientWidth > 0) this.create(scene);
    this.overlay?.draw(null, [], null);
  }

  /** Shows the cross-hair at x and holds a row up. */
  mark(x: number | null, row: string | null): void {
    this.overlay?.draw(x, x === null ? [] : this.read(x, 0), row);
  }

  private create(scene: Scene): void {
    this.plot = new Plot(this.body, scene, {
      onZoom: (range) => this.asks.zoom(range),
      onReset: () => this.asks.zoom(null),
      onPoint: (at) => (at ? this.pointAt(at.left, at.top) : this.left()),
    });
    this.overlay = new Overlay(this.plot);
  }

  private fit(): void {
    const { clientWidth, clientHeight } = this.body;
    if (clientWidth > 0 && clientHeight > 0) this.plot?.resize(clientWidth, clientHeight);
  }

  private showLegend(content: Content, look: Look): void {
    const parts = this.parts.filter((part) => part !== "profiled" || content.bands.length > 0);
    refocused(this.legend, () => put(this.legend, ...(parts.length > 1 ? parts : []).map((part) => {
      const name = `${this.key}.${part}`;
      return h("button", { type: "button", class: "flat", "data-part": part, "data-focus": part, "aria-pressed": String(!look.off.includes(name)), title: CLOCKS[name] ?? `Show or hide: ${part}`, onclick: () => this.asks.part(name) }, sample(part), part);
    })));
  }

  private showNote(beyond: number, { full, log }: Look): void {
    this.note.hidden = beyond === 0 && (!full || log || !CLIPPED.has(this.key));
    this.note.textContent = full ? "full range" : `${count(beyond)} out of range`;
    this.note.title = full ? "Leave points far from all others out of the range of y" : "Some points are far from all others. Widen the range of y to show them.";
  }

  private read(x: number, top: number): Reader[] {
    if (!this.plot) return [];
    const frame = this.plot.frame(false);
    const applied = new Map(this.curves.filter((curve) => curve.part === "applied").map((curve) => [nameOf(curve), reading(curve, x)?.x]));
    return this.curves.flatMap((curve) => {
      // A plan is read at the point beside which it is shown, so that the two can be compared.
      const at = reading(curve, (curve.part === "planned" ? applied.get(nameOf(curve)) : null) ?? x);
      if (!at || !Number.isFinite(at.y)) return [];
      const y = (frame.log ? Math.log10(at.y) : at.y) * frame.scaleY + frame.offsetY;
      return [{ curve, at, away: Math.abs(y - top) }];
    });
  }

  private pointAt(left: number, top: number): void {
    if (!this.plot) return;
    const frame = this.plot.frame(false);
    const under = (left - frame.offsetX) / frame.scaleX;
    const x = this.plot.scene.kind === "step" ? Math.round(under) : under;
    const readers = this.read(x, top);
    const nearest = readers.reduce<Reader | null>((best, reader) => (best && best.away <= reader.away ? best : reader), null);
    this.asks.point(x, nearest && nearest.away < NEAR ? nearest.curve.row : null);
    const box = this.plot.over.getBoundingClientRect();
    this.readout.show(sayX(this.plot.scene.kind, x), readers, this.say, box.left + left, box.top + top);
  }

  private left(): void {
    this.keyed = null;
    this.readout.hide();
    this.asks.point(null, null);
  }

  private pressed(event: KeyboardEvent): void {
    const plot = this.plot;
    if (!plot || !this.look) return;
    const [low, high] = this.look.x;
    const at = this.keyed ?? (low + high) / 2;
    const stride = ((high - low) / 100) * (event.shiftKey ? 10 : 1);
    const moves: Record<string, number> = { ArrowLeft: at - stride, ArrowRight: at + stride, Home: low, End: high };
    const zooms: Record<string, number> = { "+": 0.5, "=": 0.5, "-": 2 };
    if (event.key in moves) {
      this.keyed = Math.min(high, Math.max(low, moves[event.key] as number));
      const frame = plot.frame(false);
      this.pointAt(this.keyed * frame.scaleX + frame.offsetX, plot.area.height / 2);
    } else if (event.key in zooms) {
      const factor = zooms[event.key] as number;
      this.asks.zoom([at - (at - low) * factor, at + (high - at) * factor]);
    } else if (event.key === "Escape") this.asks.zoom(null);
    else return;
    event.preventDefault();
  }
}
