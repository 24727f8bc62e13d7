// Bundles src/main.ts into ../static/index.js. The style sheets are inlined as text:
// TensorBoard's CSP allows <style>, and one file less is one request less.
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "..", "static");

mkdirSync(out, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: ["src/main.ts"],
  outfile: join(out, "index.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  loader: { ".css": "text" },
  logLevel: "warning",
});
// esbuild drops uPlot's notice, which is not marked as a legal comment.
copyFileSync(join(here, "node_modules/uplot/LICENSE"), join(out, "uPlot.LICENSE.txt"));
