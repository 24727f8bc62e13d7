/** Dark or light, as TensorBoard is. The frame is left out of its dark mode, so we look. */

import { outerWindow } from "./host";

export interface Theme {
  dark: boolean;
  text: string;
  faint: string;
  grid: string;
  surface: string;
  accent: string;
}

const LIGHT: Theme = { dark: false, text: "#202124", faint: "#5f6368", grid: "#e8eaed", surface: "#ffffff", accent: "#b3500b" };
const DARK: Theme = { dark: true, text: "#e8eaed", faint: "#aab0b6", grid: "#45484c", surface: "#303134", accent: "#ffb074" };

/** Calls `use` with the theme now and whenever it changes. */
export function watchTheme(use: (theme: Theme) => void): void {
  const outer = outerWindow();
  const media = window.matchMedia("(prefers-color-scheme: dark)");
  const alone = outer === window;
  const apply = (): void => {
    const dark = alone ? media.matches : outer.document.body.classList.contains("dark-mode");
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
    use(dark ? DARK : LIGHT);
  };
  if (alone) media.addEventListener("change", apply);
  else new MutationObserver(apply).observe(outer.document.body, { attributeFilter: ["class"] });
  apply();
}
