/** Elements are made here and nowhere else: data only ever becomes text, never markup. */

type Child = Node | string | null | undefined | false;
type Listener = (event: never) => void;
type Attributes = Record<string, string | number | boolean | null | undefined | Listener>;

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element: `h("button", { class: "x", onclick: go }, "Go")`.
 * False, null and undefined leave an attribute out; true gives it an empty value.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for an SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return element;
}

/** Replaces the children of an element. */
export function put(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child): child is Node | string => !!child));
}

/** Does `work`, which makes elements anew, and leaves the focus on the one with the same `data-focus`. */
export function refocused(root: Element, work: () => void): void {
  const key = (element: Element): string | undefined => (element as HTMLElement).dataset["focus"];
  const focused = root.contains(document.activeElement) ? key(document.activeElement as Element) : undefined;
  work();
  if (focused !== undefined) [...root.querySelectorAll<HTMLElement>("[data-focus]")].find((element) => key(element) === focused)?.focus();
}

/** Fills a menu; one that has these options already stays as it is, since it may be open. */
export function offer(menu: HTMLSelectElement, options: readonly (readonly [value: string, text: string])[], chosen: string): void {
  const said = (pairs: readonly (readonly [string, string])[]): string => JSON.stringify(pairs);
  if (said([...menu.options].map(({ value, text }) => [value, text] as const)) !== said(options))
    put(menu, ...options.map(([value, text]) => h("option", { value }, text)));
  menu.value = chosen;
}

/** Runs `work` at the next frame, once, however often it was asked for. */
export function perFrame(work: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}

/** Runs `work` when nothing has asked for it for `milliseconds`. */
export function debounced(milliseconds: number, work: () => void): () => void {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = window.setTimeout(work, milliseconds);
  };
}
