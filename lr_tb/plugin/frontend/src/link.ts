/**
 * The view in the address bar: `#lr_tb&p.lr_tb.x=epoch&p.lr_tb.zoom=[2,5]`.
 *
 * TensorBoard keeps `p.<plugin>.*` when tabs are switched and when the page is
 * reloaded, provided that `#lr_tb` stays the first token.
 */

import { outerWindow } from "./host";
import { DEFAULTS, FIGURES, X_KINDS, type Design, type State, type View } from "./state";
import { debounced } from "./dom";

const PLUGIN = "lr_tb";
const PREFIX = `p.${PLUGIN}.`;

type Check<T> = (value: unknown) => value is T;

const isText: Check<string> = (value): value is string => typeof value === "string";
const isFlag: Check<boolean> = (value): value is boolean => typeof value === "boolean";
const isNumber: Check<number> = (value): value is number => typeof value === "number" && Number.isFinite(value);
const oneOf = <T>(choices: readonly T[]): Check<T> => (value): value is T => choices.includes(value as T);
const orNull = <T>(check: Check<T>): Check<T | null> => (value): value is T | null => value === null || check(value);
const listOf = <T>(check: Check<T>): Check<T[]> => (value): value is T[] => Array.isArray(value) && value.every(check);

function shape<T>(checks: { [K in keyof T]: Check<T[K]> }): Check<T> {
  return (value): value is T =>
    typeof value === "object" && value !== null &&
    (Object.keys(checks) as (keyof T)[]).every((key) => checks[key]((value as T)[key]));
}

const isZoom: Check<[number, number]> = (value): value is [number, number] =>
  listOf(isNumber)(value) && value.length === 2 && (value[0] ?? 0) < (value[1] ?? 0);

const CHECKS: { [K in keyof View]: Check<View[K]> } = {
  x: oneOf(X_KINDS),
  zoom: orNull(isZoom),
  zoom_finder: orNull(isZoom),
  log: listOf(oneOf(FIGURES)),
  full: listOf(oneOf(FIGURES)),
  off: listOf(isText),
  wide: orNull(oneOf(FIGURES)),
  smooth: (value): value is number => isNumber(value) && value >= 0 && value < 1,
  metric: isText,
  target: orNull(isNumber),
  speed: oneOf(["ms", "per_second"] as const),
  filter: isText,
  pick: shape({ mode: oneOf(["except", "only"] as const), names: listOf(isText) }),
  fold: isFlag,
  only: orNull(isText),
  designs: listOf(shape<Design>({ spec: isText, total_steps: isNumber, steps_per_epoch: orNull(isNumber) })),
  sort: orNull(shape({ column: isText, direction: oneOf(["ascending", "descending"] as const) })),
};

/** Reads a view from a hash; what is missing, unknown or malformed keeps its default. */
export function decode(hash: string): View {
  const view: View = { ...DEFAULTS };
  for (const part of hash.replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    if (!part.startsWith(PREFIX) || at < 0) continue;
    adopt(view, part.slice(PREFIX.length, at) as keyof View, part.slice(at + 1));
  }
  return view;
}

function adopt<K extends keyof View>(view: View, key: K, text: string): void {
  if (!Object.hasOwn(CHECKS, key)) return;
  try {
    const decoded = decodeURIComponent(text);
    const value: unknown = typeof DEFAULTS[key] === "string" ? decoded : JSON.parse(decoded);
    if (CHECKS[key](value)) view[key] = value;
  } catch {
    // A link cut short in a mail is no reason to show nothing.
  }
}

/** Writes the view into a hash, leaving out what is as it is by default. */
export function encode(view: View, hash: string): string {
  const others = hash.replace(/^#/, "").split("&").filter((part) => part && part !== PLUGIN && !part.startsWith(PREFIX));
  const ours = (Object.keys(DEFAULTS) as (keyof View)[])
    .filter((key) => JSON.stringify(view[key]) !== JSON.stringify(DEFAULTS[key]))
    .map((key) => `${PREFIX}${key}=${encodeURIComponent(textOf(key, view))}`);
  return `#${[PLUGIN, ...others, ...ours].join("&")}`;
}

/** Plain for what is always text, JSON for the rest: what `adopt` reads. */
function textOf(key: keyof View, view: View): string {
  return typeof DEFAULTS[key] === "string" ? String(view[key]) : JSON.stringify(view[key]);
}

/** Keeps the address bar and the state in step, both ways. */
export function follow(state: State): void {
  const outer = outerWindow();
  const write = debounced(200, () => {
    if (!shown(outer)) return;
    const hash = encode(state.view, outer.location.hash);
    if (hash !== outer.location.hash) outer.history.replaceState(outer.history.state, "", hash);
  });
  state.watch(write);
  outer.addEventListener("hashchange", () => {
    if (shown(outer)) state.set(decode(outer.location.hash));
  });
}

/** Whether the address bar is ours to read: other tabs write there too. */
function shown(outer: Window): boolean {
  return outer === window || outer.location.hash.replace(/^#/, "").split("&")[0] === PLUGIN;
}

/** The link that brings this view back. */
export function linkTo(view: View): string {
  const outer = outerWindow();
  return outer.location.href.split("#")[0] + encode(view, outer.location.hash);
}
