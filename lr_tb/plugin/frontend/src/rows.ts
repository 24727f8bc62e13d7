/** Run groups as the page lists them: folded by schedule or one by one, filtered, on or off. */

import type { Group } from "./contract";
import type { View } from "./state";

export interface Row {
  /** Names the row in links; unique. */
  key: string;
  name: string;
  parent: string;
  groups: Group[];
}

/** What stands before a row's name: its folder, without repeating a name that is the folder's own. */
export function prefixOf(parent: string, name: string): string {
  if (parent === name) return "";
  const folder = parent.endsWith(`/${name}`) ? parent.slice(0, -name.length - 1) : parent;
  return folder && `${folder}/`;
}

/** The key of the row that seeds of one schedule share. */
export function rowKey(parent: string, row: string): string {
  return parent ? `${parent}/*/${row}` : row;
}

/** One row per schedule, or one per group where seeds are not folded; in the order of the groups. */
export function rowsOf(groups: readonly Group[], fold: boolean): Row[] {
  const rows = new Map<string, Row>();
  for (const group of groups) {
    const key = fold ? rowKey(group.parent, group.row) : group.name;
    const row = rows.get(key);
    if (row) row.groups.push(group);
    else rows.set(key, { key, name: fold ? group.row : group.name, parent: fold ? group.parent : "", groups: [group] });
  }
  return [...rows.values()];
}

/** Names in the order in which their trainings began, for the palette. */
export function byStart(rows: readonly Row[]): string[] {
  const began = (row: Row): number => Math.min(...row.groups.map((group) => group.started ?? Number.POSITIVE_INFINITY));
  return rows
    .map((row) => ({ key: row.key, at: began(row) }))
    .sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1))
    .map((row) => row.key);
}

/** The filter as a test of names, or why it is none. */
export function matcher(filter: string): ((name: string) => boolean) | Error {
  if (!filter) return () => true;
  try {
    const pattern = new RegExp(filter, "i");
    return (name) => pattern.test(name);
  } catch (error) {
    return error as Error;
  }
}

/** The rows that the filter leaves in the list; a filter that cannot be read leaves all. */
export function filtered(rows: readonly Row[], filter: string): Row[] {
  const matches = matcher(filter);
  if (matches instanceof Error) return [...rows];
  return rows.filter((row) => matches(row.name) || matches(row.parent) || row.groups.some((group) => matches(group.name)));
}

/** Whether a row is switched on. */
export function isOn(view: View, key: string): boolean {
  return view.pick.names.includes(key) !== (view.pick.mode === "except");
}

/** Whether a row is the one that stands alone, or one of its seeds. */
export function isAlone(row: Row, only: string | null): boolean {
  return only !== null && (row.key === only || row.groups.some((group) => rowKey(group.parent, group.row) === only));
}

/** The rows whose curves are drawn. */
export function shown(rows: readonly Row[], view: View): Row[] {
  const listed = filtered(rows, view.filter);
  const alone = listed.filter((row) => isAlone(row, view.only));
  return alone.length > 0 ? alone : listed.filter((row) => isOn(view, row.key));
}
