/** The text of a spec, taken apart far enough for a form. The server alone judges it. */

import type { Parameter, Signature } from "./contract";

export interface Call {
  name: string;
  /** Argument texts in order; `name` is null for positional ones. */
  args: { name: string | null; text: string }[];
}

const OPEN = "([{";
const CLOSE = ")]}";

/** Splits `Name(a, b=f(c, d))`; null where the text is no single call. */
export function parseCall(text: string): Call | null {
  const match = /^\s*([A-Za-z_]\w*)\s*\(([\s\S]*)\)\s*$/.exec(text);
  const parts = match && splitTop(match[2] ?? "");
  if (!match || !parts) return null;
  const args = parts.filter((part) => part.trim()).map((part) => {
    const named = /^\s*([A-Za-z_]\w*)\s*=(?!=)([\s\S]*)$/.exec(part);
    return named ? { name: named[1] ?? "", text: (named[2] ?? "").trim() } : { name: null, text: part.trim() };
  });
  return { name: match[1] ?? "", args };
}

/** Splits at commas outside brackets and quotes; null where brackets do not match. */
function splitTop(text: string): string[] | null {
  const parts = [""];
  let depth = 0;
  let quote = "";
  for (const letter of text) {
    if (quote) quote = letter === quote ? "" : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if (OPEN.includes(letter)) depth++;
    else if (CLOSE.includes(letter) && --depth < 0) return null;
    if (letter === "," && depth === 0 && !quote) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return depth === 0 && !quote ? parts : null;
}

/** The argument texts of a call by parameter; null where they do not fit the signature. */
export function argumentsOf(call: Call, signature: Signature): Map<string, string> | null {
  const values = new Map<string, string>();
  for (const [i, { name, text }] of call.args.entries()) {
    const parameter = name === null ? signature.parameters[i]?.name : signature.parameters.find((p) => p.name === name)?.name;
    if (parameter === undefined || values.has(parameter)) return null;
    values.set(parameter, text);
  }
  return values;
}

/** Writes a call: required arguments first by place, the others by name, defaults left out. */
export function writeCall(signature: Signature, values: ReadonlyMap<string, string>): string {
  const given = signature.parameters.filter((parameter) => values.get(parameter.name)?.trim());
  let byPlace = true;
  const args = given.map((parameter) => {
    byPlace &&= parameter.required && signature.parameters.indexOf(parameter) === given.indexOf(parameter);
    const text = values.get(parameter.name)?.trim() ?? "";
    return byPlace ? text : `${parameter.name}=${text}`;
  });
  return `${signature.name}(${args.join(", ")})`;
}

/** A default as Python writes it. */
export function pythonText(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonText).join(", ")}]`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Python that makes the schedule of a spec, with its imports. */
export function pythonCode(spec: string, signatures: readonly Signature[]): string {
  const names = new Set(spec.match(/\b[A-Za-z_]\w*(?=\s*\()/g));
  const from = (module: string, path: string): string => {
    const used = signatures.filter((signature) => signature.module === module && names.has(signature.name)).map((signature) => signature.name);
    return used.length > 0 ? `from ${path} import ${used.join(", ")}\n` : "";
  };
  return `${from("keras", "keras.optimizers.schedules")}${from("lr_tb", "lr_tb.schedules")}\nlearning_rate = ${spec}\n`;
}

/** What kind of text a parameter takes, for its hint. */
export function hintOf(parameter: Parameter): string {
  const kind = { number: "number", integer: "steps", boolean: "True or False", string: "text", list: "[numbers]", schedule: "schedule or number", schedules: "[schedules]" }[parameter.kind];
  return parameter.required ? kind : pythonText(parameter.default);
}
