/** What holds for all charts: the x axis, smoothing, zoom, and what can be taken away. */

import { X_LABELS } from "./axis";
import { copyFrom } from "./clipboard";
import { h } from "./dom";
import type { Live } from "./live";
import { X_KINDS, type State, type View, type XKind } from "./state";

export interface Takeaways {
  csv(): void;
  json(): void;
  link(): string;
}

export class Toolbar {
  readonly element: HTMLElement;
  private readonly kinds = new Map<XKind, HTMLInputElement>();
  private readonly smooth = h("input", { type: "range", min: 0, max: 0.99, step: 0.01, "aria-label": "Smoothing of loss and metrics" });
  private readonly smoothed = h("output", { class: "number" });
  private readonly reset: HTMLButtonElement;
  private readonly status = h("span", { class: "status", role: "status" });

  constructor(state: State, takeaways: Takeaways) {
    this.smooth.addEventListener("input", () => state.set({ smooth: Number(this.smooth.value) }));
    this.reset = h("button", { type: "button", class: "reset", onclick: () => state.set({ zoom: null }) }, "Reset zoom");
    const link = h("button", { type: "button", title: "Copy a link to this view" }, "Copy link");
    link.addEventListener("click", () => void copyFrom(link, takeaways.link()));
    this.element = h("div", { class: "toolbar", role: "toolbar", "aria-label": "View" },
      h("fieldset", { class: "segments" }, h("legend", {}, "x axis"), ...X_KINDS.map((kind) => this.kind(kind, state))),
      h("label", { class: "smoothing", title: "Exponential mean of loss and metrics; rates are never smoothed" }, "Smoothing", this.smooth, this.smoothed),
      this.reset,
      h("span", { class: "grow" }),
      this.status,
      h("span", { class: "buttons" },
        h("button", { type: "button", title: "Everything shown, as CSV", onclick: takeaways.csv }, "CSV"),
        h("button", { type: "button", title: "Everything shown, as JSON", onclick: takeaways.json }, "JSON"), link));
  }

  show(view: View, kind: XKind, live: Live): void {
    for (const [key, input] of this.kinds) input.checked = key === kind;
    this.smooth.value = String(view.smooth);
    this.smoothed.textContent = view.smooth.toFixed(2);
    this.zoomed(view);
    const words = { loading: "Loading", live: "Live", gone: "Server not answering, trying again", failed: live.reason }[live.status];
    if (this.status.textContent !== words) this.status.textContent = words;
    this.status.dataset["status"] = live.status;
    this.status.title = live.status === "live" ? "New points appear while training runs" : live.reason;
  }

  zoomed(view: View): void {
    // It keeps its place: the charts must not move while one drags in them.
    this.reset.classList.toggle("unseen", view.zoom === null);
  }

  private kind(kind: XKind, state: State): HTMLElement {
    const input = h("input", { type: "radio", name: "x", value: kind });
    input.addEventListener("change", () => state.set({ x: kind, zoom: null }));
    this.kinds.set(kind, input);
    return h("label", { title: X_LABELS[kind] }, input, h("span", {}, { step: "Step", epoch: "Epoch", share: "Share", time: "Time" }[kind]));
  }
}
