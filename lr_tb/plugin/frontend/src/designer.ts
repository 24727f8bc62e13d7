/** Schedules that no run has: edited here, drawn by the server, laid over the others. */

import * as api from "./api";
import { placePlan } from "./axis";
import { copyFrom, say } from "./clipboard";
import type { PlanRecord, Signature } from "./contract";
import type { Curve } from "./curves";
import { debounced, h, put } from "./dom";
import { Form } from "./form";
import { plannedCurve } from "./model";
import type { Palette } from "./palette";
import { pythonCode } from "./spec";
import type { Design, State, View, XKind } from "./state";
import { swatch } from "./swatch";

const MOST = 8;

export class Designer {
  readonly element: HTMLDetailsElement;
  private readonly list = h("ul", { class: "designs", "aria-label": "Designed schedules" });
  private readonly editor = h("div", { class: "editor" });
  private readonly problem = h("p", { class: "problem", role: "alert" });
  private readonly spec = h("textarea", { rows: 3, maxlength: 2000, spellcheck: "false", "aria-label": "Spec" });
  private readonly total = h("input", { type: "number", min: 1, max: 2 ** 20, class: "number" });
  private readonly perEpoch = h("input", { type: "number", min: 1, max: 2 ** 20, class: "number", placeholder: "not known" });
  private readonly plans = new Map<string, PlanRecord | Error>();
  private readonly request = debounced(250, () => void this.draw());
  private signatures: Signature[] | null = null;
  private form: Form | null = null;
  private active = 0;

  /**
   * Args: `onDrawn` hears that a curve is there; `lengths` says how long trainings are,
   * for the first design.
   */
  constructor(
    private readonly state: State,
    private readonly palette: Palette,
    private readonly onDrawn: () => void,
    private readonly lengths: () => { total: number; perEpoch: number | null },
  ) {
    const add = h("button", { type: "button", onclick: () => this.add() }, "Add another");
    const code = h("button", { type: "button", onclick: () => void this.copyCode(code) }, "Copy Keras code");
    put(this.editor,
      h("label", { class: "spec-field" }, h("span", {}, "Spec: total_steps, steps_per_epoch and epochs may stand for numbers"), this.spec), this.problem,
      h("div", { class: "fields" }, h("label", {}, h("span", {}, "total_steps"), this.total), h("label", {}, h("span", {}, "steps_per_epoch"), this.perEpoch)),
      h("div", { class: "buttons" }, code, add));
    this.spec.addEventListener("input", () => this.change({ spec: this.spec.value }));
    this.total.addEventListener("input", () => this.total.value && this.change({ total_steps: this.total.valueAsNumber }));
    this.perEpoch.addEventListener("input", () => this.change({ steps_per_epoch: this.perEpoch.value ? this.perEpoch.valueAsNumber : null }));
    this.element = h("details", { class: "panel designer" }, h("summary", {}, "Design a schedule"), this.list, this.editor);
    this.element.addEventListener("toggle", () => this.element.open && void this.open());
    if (state.view.designs.length > 0) this.element.open = true;
    state.watch((_, changed) => changed.has("designs") && this.request());
  }

  /** What the palette knows the designs by. */
  keys(): string[] {
    return this.state.view.designs.map((_, i) => keyOf(i));
  }

  /** The curves of the designs that could be drawn. */
  curves(kind: XKind, dark: boolean): Curve[] {
    return this.state.view.designs.flatMap((design, i) => {
      const plan = this.plans.get(JSON.stringify(design));
      if (!plan || plan instanceof Error) return [];
      const placed = placePlan(kind, plan, { stepsPerEpoch: design.steps_per_epoch, totalSteps: design.total_steps, start: null, clock: null });
      return placed ? [plannedCurve(plan, placed, { ...this.look(i, dark), part: "designed" })] : [];
    });
  }

  show(view: View, dark: boolean): void {
    const { designs } = view;
    this.active = Math.max(0, Math.min(this.active, designs.length - 1));
    put(this.list, ...designs.map((design, i) => this.item(design, i, dark)));
    const design = designs[this.active];
    this.editor.hidden = !design;
    if (!design) return;
    const set = (input: HTMLInputElement | HTMLTextAreaElement, value: string): void => void (document.activeElement !== input && (input.value = value));
    set(this.spec, design.spec);
    set(this.total, String(design.total_steps));
    set(this.perEpoch, String(design.steps_per_epoch ?? ""));
    this.form?.show(design.spec);
    const plan = this.plans.get(JSON.stringify(design));
    this.problem.textContent = plan instanceof Error ? plan.message : "";
  }

  private look(i: number, dark: boolean): Pick<Curve, "row" | "label" | "color" | "marker"> {
    const key = keyOf(i);
    return { row: key, label: `design ${i + 1}`, color: this.palette.color(key, dark), marker: this.palette.marker(key) };
  }

  private item(design: Design, i: number, dark: boolean): HTMLElement {
    const { color, marker, label } = this.look(i, dark);
    const plan = this.plans.get(JSON.stringify(design));
    const wrong = plan instanceof Error;
    return h("li", {},
      swatch(color, marker),
      h("button", { type: "button", class: wrong ? "flat name wrong" : "flat name", "aria-pressed": String(i === this.active), title: wrong ? plan.message : design.spec, onclick: () => this.choose(i) }, `${label}: ${design.spec}`),
      h("button", { type: "button", class: "flat", "aria-label": `Remove ${label}`, title: "Remove", onclick: () => this.remove(i) }, "\u00d7"));
  }

  private async open(): Promise<void> {
    if (!this.signatures) {
      this.problem.textContent = "";
      const wait = h("p", { class: "faint" }, "Loading Keras\u2026");
      this.element.append(wait);
      try {
        this.signatures = await api.getSignatures();
        this.form = new Form(this.signatures, (spec) => this.change({ spec }));
        this.editor.prepend(this.form.element);
      } catch (error) {
        this.element.append(h("p", { class: "problem" }, error instanceof Error ? error.message : String(error)));
        return;
      } finally {
        wait.remove();
      }
    }
    if (this.state.view.designs.length === 0) this.add();
    else this.request();
    this.onDrawn();
  }

  private add(): void {
    const { designs } = this.state.view;
    if (designs.length >= MOST) return;
    const { total, perEpoch } = this.lengths();
    const spec = this.signatures?.find((signature) => signature.name === "CosineDecay")?.example ?? this.signatures?.[0]?.example ?? "0.001";
    this.active = designs.length;
    this.state.set({ designs: [...designs, { spec, total_steps: total, steps_per_epoch: perEpoch }] });
  }

  private choose(i: number): void {
    this.active = i;
    this.onDrawn();
  }

  private remove(i: number): void {
    this.state.set({ designs: this.state.view.designs.filter((_, other) => other !== i) });
  }

  private change(change: Partial<Design>): void {
    this.state.set({ designs: this.state.view.designs.map((design, i) => (i === this.active ? { ...design, ...change } : design)) });
  }

  private async draw(): Promise<void> {
    for (const design of this.state.view.designs) {
      const key = JSON.stringify(design);
      if (this.plans.has(key)) continue;
      try {
        this.plans.set(key, await api.draw(design));
      } catch (error) {
        if (error instanceof api.Unreachable) this.problem.textContent = "The server is not answering.";
        else this.plans.set(key, error instanceof Error ? error : new Error(String(error)));
      }
      this.onDrawn();
    }
  }

  private async copyCode(button: HTMLElement): Promise<void> {
    const design = this.state.view.designs[this.active];
    const plan = design && this.plans.get(JSON.stringify(design));
    if (!design || !plan || plan instanceof Error) return say(button, "Not a schedule yet");
    await copyFrom(button, pythonCode(plan.spec ?? design.spec, this.signatures ?? []));
  }
}

/** No run has this name: those do not begin with a slash. */
function keyOf(i: number): string {
  return `/design ${i + 1}`;
}
