/** The comparison: one row per schedule, the best of each column marked. */

import { copyFrom } from "./clipboard";
import { columnsOf, isProfiled, sorted, winner, type Column } from "./columns";
import type { Comparison, Group, Row } from "./contract";
import { h, offer, put, refocused } from "./dom";
import { outerWindow } from "./host";
import { prefixOf, rowKey } from "./rows";
import type { State, View } from "./state";

/** What the table knows of a row beside its numbers. */
export interface Marks {
  swatch(key: string): Element;
  groups: ReadonlyMap<string, Group>;
  /** Keys of the rows that the filter leaves, and of those drawn. */
  listed: ReadonlySet<string>;
  shown: ReadonlySet<string>;
}

export class Table {
  readonly element: HTMLElement;
  private readonly metric = h("select", { "aria-label": "Metric to compare by" });
  private readonly target = h("input", { type: "number", step: "any", class: "number", "aria-label": "Target value", placeholder: "none" });
  private readonly table = h("table", { class: "comparison" });
  private readonly clocks = h("p", { class: "footnote" }, "Step times and images/s are by the clock of the training process; device and input times by the profiler's clock.");

  constructor(
    private readonly state: State,
    private readonly onHold: (row: string | null) => void,
    csv: () => void,
  ) {
    this.metric.addEventListener("change", () => state.set({ metric: this.metric.value }));
    this.target.addEventListener("change", () => state.set({ target: this.target.value === "" ? null : this.target.valueAsNumber }));
    this.table.addEventListener("mouseleave", () => onHold(null));
    this.element = h("section", { class: "panel table-panel", "aria-label": "Comparison" },
      h("header", {}, h("h2", {}, "Comparison"),
        h("label", {}, "by ", this.metric), h("label", { title: "Count the steps until the metric reaches this value" }, "steps to ", this.target),
        h("span", { class: "grow" }), h("button", { type: "button", class: "flat", title: "The table as CSV", onclick: csv }, "CSV")),
      h("div", { class: "scroll" }, this.table), this.clocks);
  }

  show(comparison: Comparison, view: View, marks: Marks): void {
    offer(this.metric, comparison.metrics.map((name) => [name, name]), comparison.metric ?? "");
    if (document.activeElement !== this.target) this.target.value = view.target === null ? "" : String(view.target);
    const columns = columnsOf(comparison);
    this.clocks.hidden = !columns.some(isProfiled);
    const rows = comparison.rows.filter((row) => marks.listed.has(rowKey(row.parent, row.name)));
    const by = columns.find((column) => column.id === view.sort?.column);
    const best = new Map(columns.map((column) => [column, winner(column, rows)]));
    const profiled = rows.some((row) => capturesOf(row, marks).length > 0);
    refocused(this.table, () => put(this.table,
      h("thead", {}, h("tr", {}, ...columns.map((column) => this.header(column, view)), profiled && h("th", {}, "profile"))),
      h("tbody", {}, ...sorted(rows, by, view.sort?.direction !== "descending").map((row) => this.row(row, columns, best, view, marks, profiled)))));
  }

  /** The rows as they stand, for files. */
  text(): string[][] {
    return [...this.table.rows].map((row) => [...row.cells].map((cell) => cell.dataset["value"] ?? cell.textContent ?? ""));
  }

  private header(column: Column, view: View): HTMLElement {
    const direction = view.sort?.column === column.id ? view.sort.direction : null;
    const first = column.better === "high" ? "descending" : "ascending";
    const next = direction === null ? first : direction === "ascending" ? "descending" : "ascending";
    const sort = (): void => this.state.set({ sort: direction !== null && next === first ? null : { column: column.id, direction: next } });
    const arrow = direction === null ? "" : direction === "ascending" ? " \u25b4" : " \u25be";
    return h("th", { scope: "col", "data-column": column.id, "data-value": column.title, "aria-sort": direction ?? "none" },
      h("button", { type: "button", class: "flat", "data-focus": column.id, title: column.hint, onclick: sort }, column.title + arrow));
  }

  private row(row: Row, columns: readonly Column[], best: ReadonlyMap<Column, number | null>, view: View, marks: Marks, profiled: boolean): HTMLElement {
    const key = rowKey(row.parent, row.name);
    const isolate = (): void => this.state.set({ only: view.only === key ? null : key });
    const cells = columns.map((column) => (column.id === "name" ? this.name(row, key, view, marks) : cell(row, column, best.get(column) ?? null)));
    const element = h("tr", { "data-row": key, class: [view.only === key && "alone", !marks.shown.has(key) && "off"].filter(Boolean).join(" ") || false }, ...cells, profiled && h("td", {}, ...links(capturesOf(row, marks))));
    element.addEventListener("click", (event) => event.target instanceof Element && !event.target.closest("a, .spec") && isolate());
    element.addEventListener("mouseenter", () => this.onHold(marks.shown.has(key) ? key : null));
    return element;
  }

  private name(row: Row, key: string, view: View, marks: Marks): HTMLElement {
    const spec = row.spec ?? row.schedule;
    const code = spec && h("button", { type: "button", class: "flat spec", "data-focus": `spec ${key}`, title: row.spec ? `${row.spec}\nClick to copy` : spec, disabled: row.spec === null }, spec);
    if (code && row.spec !== null) code.addEventListener("click", () => void copyFrom(code, row.spec ?? ""));
    return h("th", { scope: "row", "data-column": "name", "data-value": prefixOf(row.parent, row.name) + row.name },
      h("div", {}, marks.swatch(key),
        h("button", { type: "button", class: "flat name", "data-focus": `name ${key}`, "aria-pressed": String(view.only === key), title: view.only === key ? "Show all again" : "Show this one alone" },
          h("span", { class: "faint" }, prefixOf(row.parent, row.name)), row.name),
        code));
  }
}

function cell(row: Row, column: Column, best: number | null): HTMLElement {
  const value = column.value(row);
  const wins = best !== null && value === best;
  const hint = column.id === "status" ? row.explanation : hintOf(row, column);
  return h("td", { "data-column": column.id, "data-value": column.id === "status" ? row.status : String(value ?? ""), title: hint ?? false, class: [wins && "wins", column.id === "status" && row.status.replace(" ", "-")].filter(Boolean).join(" ") || false },
    wins && h("span", { class: "winner", role: "img", "aria-label": "best of its column", title: "Best of its column" }, "\u25cf"), column.text(row));
}

function hintOf(row: Row, column: Column): string | null {
  const sampled = row.sampled && ["best", "best_step", "target"].includes(column.id) ? "TensorBoard kept only some of the points: the true value may differ. " : "";
  const seeds = column.id === "best" && row.values.length > 1 ? row.values.map((value, i) => `seed ${row.seeds[i] ?? "?"}: ${value ?? "none"}`).join("\n") : "";
  return sampled + seeds || null;
}

function capturesOf(row: Row, marks: Marks): string[] {
  return row.groups.flatMap((name) => marks.groups.get(name)?.captures ?? []);
}

/** Links into the Profile tab, which reads the query and not the hash. */
function links(captures: readonly string[]): HTMLElement[] {
  return captures.map((capture, i) => {
    const address = new URL(outerWindow().location.href);
    address.search = new URLSearchParams({ run: capture, tag: "overview_page" }).toString();
    address.hash = "profile";
    return h("a", { href: address.href, target: "_blank", rel: "noopener", title: capture }, captures.length > 1 ? `profile ${i + 1}` : "profile");
  });
}
