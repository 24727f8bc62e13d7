/** The plugin's routes, asked with relative URLs so that a path prefix works. */

import type { Comparison, FinderRecord, PlanRecord, Points, ProfileRecord, RecordOf, Runs, Signature } from "./contract";
import type { Design } from "./state";

const TIMEOUT_MS = 60_000;

/** The server answered, and said no. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The server did not answer. */
export class Unreachable extends Error {}

async function ask<T>(route: string, parameters: Record<string, string | number | null> = {}): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== null) query.set(name, String(value));
  const url = query.size > 0 ? `./${route}?${query}` : `./${route}`;
  const reply = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: unknown) => {
    throw new Unreachable(String(error));
  });
  if (!reply.ok) throw new Refused(reply.status, await reason(reply));
  return (await reply.json().catch((error: unknown) => {
    throw new Unreachable(String(error));
  })) as T;
}

async function reason(reply: Response): Promise<string> {
  const text = await reply.text().catch(() => "");
  try {
    return String((JSON.parse(text) as { error: unknown }).error);
  } catch {
    return `The server answered ${reply.status}.`;
  }
}

export const getRuns = (): Promise<Runs> => ask("runs");

export const getPlans = async (): Promise<RecordOf<PlanRecord>[]> =>
  (await ask<{ records: RecordOf<PlanRecord>[] }>("records", { kind: "plan" })).records;

export const getFinders = async (): Promise<RecordOf<FinderRecord>[]> =>
  (await ask<{ records: RecordOf<FinderRecord>[] }>("records", { kind: "finder" })).records;

export const getProfiles = async (): Promise<RecordOf<ProfileRecord>[]> =>
  (await ask<{ records: RecordOf<ProfileRecord>[] }>("records", { kind: "profile" })).records;

/** The captures that the Profile tab has; none where there is no such tab. */
export async function getCaptures(): Promise<string[]> {
  try {
    return await ask<string[]>("../profile/runs");
  } catch (error) {
    if (error instanceof Refused) return [];
    throw error;
  }
}

/** Of each series all points that the server keeps, or so many. */
export const getSeries = async (tag: string, points: number | null): Promise<Record<string, Points>> =>
  (await ask<{ runs: Record<string, Points> }>("series", { tag, points })).runs;

export const getComparison = (metric: string | null, target: number | null): Promise<Comparison> =>
  ask("compare", { metric, target });

export const getSignatures = async (): Promise<Signature[]> =>
  (await ask<{ schedules: Signature[] }>("schedules")).schedules;

const BUSY = 503;

/** Draws a spec; waits its turn while the server draws another. */
export async function draw(design: Design): Promise<PlanRecord> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask<PlanRecord>("design", { ...design });
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== BUSY || tries >= 20) throw error;
      await new Promise((resume) => setTimeout(resume, 300));
    }
  }
}
