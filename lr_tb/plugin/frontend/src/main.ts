import sheet from "../style.css";

/** Entry point that TensorBoard's plugin frame calls. */
export function render(): void {
  const style = document.createElement("style");
  style.textContent = sheet;
  document.head.append(style);
  document.body.textContent = "LR Schedules";
}
