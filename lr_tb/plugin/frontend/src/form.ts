/** A form for one schedule, made from its Python signature. The spec is the truth; the form is a view of it. */

import type { Parameter, Signature } from "./contract";
import { h, put } from "./dom";
import { argumentsOf, hintOf, parseCall, writeCall } from "./spec";

export class Form {
  readonly element = h("div", { class: "form" });
  private readonly choice = h("select", { "aria-label": "Schedule class" });
  private readonly fields = h("div", { class: "fields" });
  private readonly doc = h("p", { class: "faint doc" });
  private inputs = new Map<string, HTMLInputElement | HTMLSelectElement>();
  private signature: Signature | null = null;

  constructor(
    private readonly signatures: readonly Signature[],
    private readonly onSpec: (spec: string) => void,
  ) {
    const group = (module: string, label: string): HTMLElement =>
      h("optgroup", { label }, ...signatures.filter((signature) => signature.module === module).map((signature) => h("option", { value: signature.name }, signature.name)));
    this.choice.append(group("keras", "Keras"), group("lr_tb", "lr_tb"));
    this.choice.addEventListener("change", () => this.chosen());
    this.element.append(this.choice, this.doc, this.fields);
  }

  /** Shows a spec; one that is no call of a known class leaves only the text. */
  show(spec: string): void {
    const call = parseCall(spec);
    const signature = call && this.signatures.find((candidate) => candidate.name === call.name);
    const values = call && signature ? argumentsOf(call, signature) : null;
    this.fields.hidden = values === null;
    if (!signature || !values) {
      this.choice.value = "";
      this.doc.textContent = "";
      return;
    }
    if (signature !== this.signature) this.build(signature);
    this.choice.value = signature.name;
    this.doc.textContent = signature.doc ?? "";
    for (const [name, input] of this.inputs) if (document.activeElement !== input) input.value = values.get(name) ?? "";
  }

  private chosen(): void {
    const signature = this.signatures.find((candidate) => candidate.name === this.choice.value);
    if (signature) this.onSpec(signature.example);
  }

  private build(signature: Signature): void {
    this.signature = signature;
    this.inputs = new Map(signature.parameters.filter((parameter) => parameter.name !== "name").map((parameter) => [parameter.name, this.input(parameter)]));
    put(this.fields, ...signature.parameters.flatMap((parameter) => {
      const input = this.inputs.get(parameter.name);
      return input ? [h("label", { title: parameter.doc ?? parameter.name }, h("span", {}, parameter.name), input)] : [];
    }));
  }

  private input(parameter: Parameter): HTMLInputElement | HTMLSelectElement {
    const choices = parameter.kind === "boolean" ? ["True", "False"] : parameter.choices?.map((choice) => JSON.stringify(choice));
    const hint = hintOf(parameter);
    const input = choices
      ? h("select", {}, ...(parameter.required ? [] : [h("option", { value: "" }, `${hint} (default)`)]), ...choices.map((choice) => h("option", { value: choice }, choice)))
      : h("input", { type: "text", placeholder: hint, spellcheck: "false", autocomplete: "off" });
    input.setAttribute("aria-label", parameter.name);
    input.addEventListener("input", () => this.edited());
    return input;
  }

  private edited(): void {
    if (!this.signature) return;
    this.onSpec(writeCall(this.signature, new Map([...this.inputs].map(([name, input]) => [name, input.value]))));
  }
}
