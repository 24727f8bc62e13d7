/** What the page says where there is nothing to draw. */

import { h, put } from "./dom";
import type { Live } from "./live";

const CODE = `import lr_tb
monitor = lr_tb.LearningRateMonitor("logs/my-schedule")
model.fit(x, y, epochs=5, callbacks=[monitor])`;

export class Notices {
  readonly element = h("section", { class: "notice", "aria-live": "polite" });
  private shown = "";

  /** Shows the notice that fits; false where the page itself is to be shown. */
  show(live: Live): boolean {
    const which = live.data.groups.length > 0 ? "none" : live.status;
    this.element.hidden = which === "none";
    const key = `${which} ${live.reason}`;
    if (which !== "none" && key !== this.shown) put(this.element, ...notice(which, live.reason));
    this.shown = key;
    return which !== "none";
  }
}

function notice(status: Live["status"], reason: string): HTMLElement[] {
  if (status === "loading") return [h("p", { class: "faint" }, "Loading\u2026")];
  if (status === "live")
    return [
      h("h2", {}, "No learning rates logged yet"),
      h("p", {}, "Three lines log the rate of each update, next to loss and metrics:"),
      h("pre", {}, h("code", {}, CODE)),
      h("p", { class: "faint" }, "Start TensorBoard on the folder above it, here --logdir logs. This page shows new points by itself."),
    ];
  return [h("h2", {}, status === "gone" ? "TensorBoard is not answering" : "The server could not answer"), h("p", {}, reason), h("p", { class: "faint" }, "Trying again every few seconds.")];
}
