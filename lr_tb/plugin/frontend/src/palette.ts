/** A colour and a marker for each run, the same whatever else is shown. */

/** Ten that are told apart at a glance: as many as there are schedules that people try at once. */
const LIGHT = ["#2563c9", "#d96400", "#0b8a5f", "#c2267f", "#857000", "#0a8fb5", "#7a3fd0", "#6e5443", "#c11f2f", "#566a80"];
const DARK = ["#6ea6ff", "#ffa04d", "#3ecf96", "#ff86c3", "#d8c748", "#4fd2f2", "#bb9bff", "#c9a993", "#ff7878", "#a9bccf"];

export const MARKERS = ["circle", "square", "triangle", "diamond", "cross", "star", "wedge"] as const;
export type Marker = (typeof MARKERS)[number];

/** FNV-1a: the same name hashes to the same number everywhere. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/**
 * Hands out slots. A name takes the place its hash says or, where an earlier name has
 * it, the next one free; after ten names a new round of the same colours in another
 * shade begins. A slot once given is kept.
 */
export class Palette {
  private readonly slots = new Map<string, number>();
  private readonly taken = new Set<number>();

  /** Gives each name a slot, in this order. */
  assign(names: Iterable<string>): void {
    for (const name of names) if (!this.slots.has(name)) this.slots.set(name, this.free(hash(name)));
  }

  private free(seed: number): number {
    const round = Math.floor(this.taken.size / LIGHT.length) * LIGHT.length;
    for (let i = 0; i < LIGHT.length; i++) {
      const slot = round + ((seed + i) % LIGHT.length);
      if (this.taken.has(slot)) continue;
      this.taken.add(slot);
      return slot;
    }
    throw new Error("a round has a free slot by construction");
  }

  /** The colour of a name, as #rrggbb. */
  color(name: string, dark: boolean): string {
    const slot = this.slots.get(name) ?? 0;
    const base = (dark ? DARK : LIGHT)[slot % LIGHT.length] ?? "#888888";
    return shade(base, Math.floor(slot / LIGHT.length));
  }

  /** The marker of a name. */
  marker(name: string): Marker {
    const slot = this.slots.get(name) ?? 0;
    return MARKERS[(slot + Math.floor(slot / LIGHT.length)) % MARKERS.length] ?? "circle";
  }
}

/** Another shade of a colour for each further round: towards grey, then back. */
function shade(color: string, round: number): string {
  if (round === 0) return color;
  return mix(color, "#808080", [0, 0.35, 0.18, 0.5][round % 4] ?? 0);
}

/** A colour with part of another in it; both as #rrggbb. */
export function mix(color: string, other: string, part: number): string {
  const channel = (text: string, i: number): number => Number.parseInt(text.slice(i, i + 2), 16);
  return `#${[1, 3, 5].map((i) => Math.round(channel(color, i) * (1 - part) + channel(other, i) * part).toString(16).padStart(2, "0")).join("")}`;
}
