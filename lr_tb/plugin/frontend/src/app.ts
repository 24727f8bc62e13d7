/** The page: panels, and what flows between them. */

import { Charts } from "./charts";
import { h, perFrame } from "./dom";
import { listen, outerWindow } from "./host";
import { decode, follow } from "./link";
import { Live } from "./live";
import { axisInUse, Model, tagsOf } from "./model";
import { Notices } from "./notices";
import { Palette } from "./palette";
import { byStart, filtered, rowsOf, shown } from "./rows";
import { RunsPanel } from "./runs";
import { State, type View } from "./state";
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
  private readonly runs = new RunsPanel(this.state, this.palette, (row) => this.charts.hold(row));
  private readonly charts = new Charts(this.state, () => undefined, (row) => this.runs.hold(row));
  private readonly toolbar = new Toolbar(this.state, { csv: () => undefined, json: () => undefined, link: async () => undefined });
  private readonly notices = new Notices();
  private readonly page: HTMLElement;
  private theme: Theme | null = null;
  private readonly render = perFrame(() => this.draw());

  constructor() {
    this.page = h("div", { class: "page" }, h("aside", {}, this.runs.element), h("main", {}, this.toolbar.element, this.charts.element));
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

  private zoom(view: View): void {
    this.toolbar.zoomed(view);
    this.charts.zoom(view);
  }

  private metric(byDefault: string | null): string {
    return this.state.view.metric || byDefault || "";
  }

  private draw(): void {
    const { theme, live } = this;
    const { view } = this.state;
    this.page.hidden = this.notices.show(live);
    if (!theme || this.page.hidden || window.innerHeight === 0) return;
    const { data } = live;
    const metric = this.metric(data.defaultMetric);
    const rows = rowsOf(data.groups, view.fold);
    this.palette.assign(byStart(rows));
    const kind = axisInUse(view, data.groups);
    const model = new Model(data, view, this.palette, theme.dark, kind, metric);
    const listed = filtered(rows, view.filter);
    this.toolbar.show(view, kind, live);
    this.runs.show(listed.map((row) => ({ row, remarks: [...new Set(row.groups.flatMap((group) => model.remarks(group)))] })), rows.length, view, theme.dark);
    this.charts.offer(data.metrics, metric);
    this.charts.show(model, shown(rows, view), view, theme, []);
  }
}
