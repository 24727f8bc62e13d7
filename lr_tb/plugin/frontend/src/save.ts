/** Files made in the browser and handed to the person. */

export type Cell = string | number | null;

/** Saves a file under a name. */
export function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** CSV after RFC 4180. */
export function csv(lines: readonly (readonly Cell[])[]): Blob {
  return new Blob([lines.map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("")], { type: "text/csv" });
}

function quoted(value: Cell): string {
  if (value === null || (typeof value === "number" && !Number.isFinite(value))) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function json(value: unknown): Blob {
  return new Blob([JSON.stringify(value, null, 1)], { type: "application/json" });
}

/** Draws an SVG picture at twice its size. */
export async function png(svg: Blob, width: number, height: number): Promise<Blob> {
  const address = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: width * 2, height: height * 2 });
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture could not be made."))), "image/png"),
    );
  } finally {
    URL.revokeObjectURL(address);
  }
}
