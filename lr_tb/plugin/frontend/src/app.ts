/** The page: its panels, and what flows between them. */

import { X_LABELS } from "./axis";
import { Charts } from "./charts";
import type { Group } from "./contract";
import { Designer } from "./designer";
import { h, perFrame } from "./dom";
import type { Asks } from "./figure";
import { Finder } from "./finder";
import { listen, outerWindow } from "./host";
import { decode, follow, linkTo } from "./link";
import { Live } from "./live";
import { axisInUse, Model, tagsOf } from "./model";
import { Notices } from "./notices";
import { Palette } from "./palette";
import { byStart, filtered, rowKey, rowsOf, shown, type Row } from "./rows";
import { RunsPanel } from "./runs";
import { State, toggled, type View } from "./state";
import { swatch } from "./swatch";
import { Table } from "./table";
import { saveAll, saveCurves, savePicture, saveTable } from "./takeaway";
import { watchTheme, type Theme } from "./theme";
import { Toolbar } from "./toolbar";

export class App {
  private readonly state = new State(decode(outerWindow().location.hash));
  private readonly palette = new Palette();
  private readonly live = new Live(
    {
      tags: (groups, byDefault) => tagsOf(groups, this.metric(byDefault)),
      metric: (known) => (known.includes(this.state.view.metric) ? this.state.view.metric : null),
      target: () => this.state.view.target,
    },
    () => this.render(),
  );
  private readonly render = perFrame(() => this.draw());
  private readonly runs = new RunsPanel(this.state, this.palette, (row) => this.charts.hold(row));
  private readonly charts = new Charts(this.state, this.asks(), (row) => this.runs.hold(row));
  private readonly finder = new Finder({ ...this.asks(), zoom: (range) => this.state.set({ zoom_finder: range }) });
  private readonly table = new Table(this.state, (row) => this.charts.hold(row), () => saveTable(this.table.text()));
  private readonly designer = new Designer(this.state, this.palette, this.render, () => this.lengths());
  private readonly toolbar = new Toolbar(this.state, {
    csv: () => saveCurves(this.charts, this.kind),
    json: () => saveAll(this.charts, this.kind, this.state.view, this.live.data.comparison),
    link: () => linkTo(this.state.view),
  });
  private readonly notices = new Notices();
  private readonly page: HTMLElement;
  private theme: Theme | null = null;

  constructor() {
    this.page = h("div", { class: "page" },
      h("aside", {}, this.runs.element, this.designer.element),
      h("main", {}, this.toolbar.element, this.charts.element, this.finder.element, this.table.element));
    document.body.append(this.notices.element, this.page);
  }

  start(): void {
    watchTheme((theme) => {
      this.theme = theme;
      this.render();
    });
    follow(this.state);
    this.state.watch((view, changed) => {
      if (changed.size === 1 && changed.has("zoom")) this.zoom(view);
      else this.render();
      if (changed.has("metric") || changed.has("target")) void this.live.refresh();
    });
    listen(() => void this.live.refresh());
    window.addEventListener("resize", this.render);
    this.live.start();
  }

  private get kind(): View["x"] {
    return axisInUse(this.state.view, this.live.data.groups);
  }

  private metric(byDefault: string | null): string {
    return this.state.view.metric || byDefault || "";
  }

  private asks(): Omit<Asks, "zoom"> {
    const { state } = this;
    return {
      point: () => undefined,
      toggle: (what, figure) =>
        state.set(what === "wide" ? { wide: state.view.wide === figure ? null : figure } : { [what]: toggled(state.view[what], figure) }),
      part: (name) => state.set({ off: toggled(state.view.off, name) }),
      save: (figure, as) => void savePicture(figure, as, X_LABELS[figure.key === "finder" ? "rate" : this.kind]),
    };
  }

  /** How long the trainings are: the length of the first design. */
  private lengths(): { total: number; perEpoch: number | null } {
    const longest = this.live.data.groups.reduce<Group | null>((best, group) => ((group.total_steps ?? 0) > (best?.total_steps ?? 0) ? group : best), null);
    return { total: longest?.total_steps ?? 1000, perEpoch: longest?.steps_per_epoch ?? null };
  }

  private zoom(view: View): void {
    this.toolbar.zoomed(view);
    this.charts.zoom(view);
  }

  private draw(): void {
    const { theme, live } = this;
    this.page.hidden = this.notices.show(live);
    if (theme && !this.page.hidden && window.innerHeight > 0) this.drawPage(this.state.view, theme);
  }

  private drawPage(view: View, theme: Theme): void {
    const { data } = this.live;
    const { kind, palette } = this;
    const metric = this.metric(data.defaultMetric);
    const all = rowsOf(data.groups, view.fold);
    palette.assign([...byStart(all), ...this.designer.keys()]);
    const model = new Model(data, view, palette, theme.dark, kind, metric);
    const [listed, drawn] = [filtered(all, view.filter), shown(all, view)];
    this.toolbar.show(view, kind, this.live);
    this.runs.show(listed.map((row) => ({ row, remarks: remarksOf(row, model) })), all.length, view, theme.dark);
    this.charts.offer(data.metrics, metric);
    this.charts.show(model, drawn, view, theme, this.designer.curves(kind, theme.dark));
    this.finder.show(data, drawn, palette, view, theme);
    this.designer.show(view, theme.dark);
    if (data.comparison) this.table.show(data.comparison, view, this.marks(all, listed, drawn, theme));
  }

  private marks(all: readonly Row[], listed: readonly Row[], drawn: readonly Row[], theme: Theme): Parameters<Table["show"]>[2] {
    const folded = (rows: readonly Row[]): Set<string> => new Set(rows.flatMap((row) => row.groups.map((group) => rowKey(group.parent, group.row))));
    const looks = new Map(all.flatMap((row) => row.groups.map((group) => [rowKey(group.parent, group.row), row.key] as const)).reverse());
    const { captures } = this.live.data;
    const groups = new Map(this.live.data.groups.map((group) => [group.name, { ...group, captures: group.captures.filter((capture) => captures.has(capture)) }]));
    const look = (key: string): string => looks.get(key) ?? key;
    return { groups, listed: folded(listed), shown: folded(drawn), swatch: (key) => swatch(this.palette.color(look(key), theme.dark), this.palette.marker(look(key))) };
  }
}

/** What there is to say of a row; what holds for one seed alone says of which. */
function remarksOf(row: Row, model: Model): string[] {
  const groups = new Map<string, Group[]>();
  for (const group of row.groups) for (const remark of model.remarks(group)) groups.set(remark, [...(groups.get(remark) ?? []), group]);
  return [...groups].map(([remark, saying]) =>
    saying.length === row.groups.length ? remark : `${saying.map((group) => (group.seed === null ? group.name : `seed ${group.seed}`)).join(", ")}: ${remark}`,
  );
}
