/** Puts text on the clipboard, also where the page was not served over https. */
async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyOldWay(text);
  }
}

function copyOldWay(text: string): void {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("The browser refused the clipboard.");
}

/** Copies text and says so on the button, for a moment. */
export async function copyFrom(button: HTMLElement, text: string): Promise<void> {
  say(button, await copy(text).then(() => "Copied", (error: Error) => error.message));
}

/** Shows words on a button, for a moment. */
export function say(button: HTMLElement, words: string): void {
  button.dataset["label"] ??= button.textContent ?? "";
  button.textContent = words;
  setTimeout(() => (button.textContent = button.dataset["label"] ?? ""), 1500);
}
