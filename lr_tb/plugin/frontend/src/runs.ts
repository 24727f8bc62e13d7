/** The list of runs: filter, all or none, on and off, seeds together. */

import { h, put } from "./dom";
import { count } from "./format";
import type { Palette } from "./palette";
import { isAlone, isOn, matcher, prefixOf, type Row } from "./rows";
import { toggled, type State, type View } from "./state";
import { swatch } from "./swatch";

export interface Entry {
  row: Row;
  /** What there is to say about it. */
  remarks: string[];
}

export class RunsPanel {
  readonly element: HTMLElement;
  private readonly list = h("ul", { class: "runs", role: "listbox", "aria-multiselectable": "true", "aria-label": "Runs" });
  private readonly filter = h("input", { type: "search", placeholder: "Filter runs (regex)", "aria-label": "Filter runs by a regular expression", spellcheck: "false" });
  private readonly problem = h("p", { class: "problem", role: "alert" });
  private readonly total = h("span", { class: "faint" });
  private readonly fold = h("input", { type: "checkbox" });
  private readonly items = new Map<string, HTMLElement>();
  private rows: Row[] = [];
  private focused = "";

  constructor(
    private readonly state: State,
    private readonly palette: Palette,
    private readonly onHold: (row: string | null) => void,
  ) {
    this.filter.addEventListener("input", () => state.set({ filter: this.filter.value }));
    this.fold.addEventListener("change", () => state.set({ fold: this.fold.checked, pick: { mode: "except", names: [] }, only: null }));
    const pick = (mode: "except" | "only"): void => state.set({ pick: { mode, names: [] }, only: null });
    this.element = h("section", { class: "panel runs-panel", "aria-label": "Runs" },
      h("header", {}, h("h2", {}, "Runs"), this.total, h("span", { class: "grow" }),
        h("button", { type: "button", class: "flat", onclick: () => pick("except") }, "All"),
        h("button", { type: "button", class: "flat", onclick: () => pick("only") }, "None")),
      this.filter, this.problem,
      h("label", { class: "check" }, this.fold, "Group seeds"),
      this.list);
    this.list.addEventListener("keydown", (event) => this.pressed(event));
    this.list.addEventListener("focusin", (event) => this.entered((event.target as Element).closest("li")));
    this.list.addEventListener("mouseleave", () => onHold(null));
  }

  /** Shows these rows of all there are. */
  show(entries: readonly Entry[], all: number, view: View, dark: boolean): void {
    this.rows = entries.map((entry) => entry.row);
    if (document.activeElement !== this.filter) this.filter.value = view.filter;
    this.fold.checked = view.fold;
    const matches = matcher(view.filter);
    this.problem.textContent = matches instanceof Error ? matches.message : "";
    this.filter.setAttribute("aria-invalid", String(matches instanceof Error));
    this.total.textContent = entries.length === all ? count(all) : `${count(entries.length)} of ${count(all)}`;
    if (!this.rows.some((row) => row.key === this.focused)) this.focused = this.rows[0]?.key ?? "";
    const hadFocus = this.list.contains(document.activeElement);
    this.items.clear();
    put(this.list, ...entries.map((entry) => this.item(entry, view, dark)));
    if (hadFocus) this.items.get(this.focused)?.focus();
  }

  /** Marks the row that the pointer is on in a chart. */
  hold(key: string | null): void {
    for (const [other, item] of this.items) item.classList.toggle("held", other === key);
  }

  private item({ row, remarks }: Entry, view: View, dark: boolean): HTMLElement {
    const on = view.only === null ? isOn(view, row.key) : isAlone(row, view.only);
    const { key } = row;
    const item = h("li", { role: "option", "aria-selected": String(on), tabindex: key === this.focused ? 0 : -1, "data-row": key, title: row.groups.map((group) => group.name).join("\n") },
      swatch(this.palette.color(key, dark), this.palette.marker(key)),
      h("span", { class: "name" }, h("span", { class: "faint" }, prefixOf(row.parent, row.name)), row.name),
      row.groups.length > 1 && h("span", { class: "badge", title: "Seeds of one schedule" }, `\u00d7${row.groups.length}`),
      h("button", { type: "button", class: "flat only", tabindex: -1, title: "Show this one alone", onclick: (event: MouseEvent) => (event.stopPropagation(), this.isolate(key)) }, view.only === key ? "all" : "only"),
      ...remarks.map((remark) => h("span", { class: "remark" }, remark)));
    item.addEventListener("click", () => this.toggle(key));
    item.addEventListener("mouseenter", () => this.onHold(on ? key : null));
    this.items.set(key, item);
    return item;
  }

  private toggle(key: string): void {
    this.focused = key;
    const { view } = this.state;
    if (view.only !== null) this.state.set({ only: null, pick: { mode: "only", names: view.only === key ? [] : [view.only, key] } });
    else this.state.set({ pick: { ...view.pick, names: toggled(view.pick.names, key) } });
  }

  private isolate(key: string): void {
    this.state.set({ only: this.state.view.only === key ? null : key });
  }

  private pressed(event: KeyboardEvent): void {
    const at = this.rows.findIndex((row) => row.key === this.focused);
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.rows.length - 1, PageDown: at + 10, PageUp: at - 10 };
    if (event.key in moves) this.focus(moves[event.key] as number);
    else if (event.key === " ") this.toggle(this.focused);
    else if (event.key === "Enter") this.isolate(this.focused);
    else if (event.key === "Escape") this.state.set({ only: null });
    else return;
    event.preventDefault();
  }

  private focus(index: number): void {
    const row = this.rows[Math.min(this.rows.length - 1, Math.max(0, index))];
    if (!row) return;
    this.items.get(row.key)?.focus();
    this.onHold(row.key);
  }

  /** The focus came to an item: the one that the tab key leads back to. */
  private entered(item: HTMLElement | null): void {
    if (!item) return;
    this.items.get(this.focused)?.setAttribute("tabindex", "-1");
    this.focused = item.dataset["row"] ?? "";
    item.setAttribute("tabindex", "0");
  }
}
