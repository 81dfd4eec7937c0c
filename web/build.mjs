// Builds src/ into clew/pages/static/built: three scripts, one stylesheet, and the licences of what they contain.
import { build } from "esbuild";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const OUT = "../clew/pages/static/built";

await rm(OUT, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ["src/theme.ts", "src/page.ts", "src/lineage.tsx"],
  outdir: OUT,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none", // whole licence texts are written below
  charset: "utf8",
  metafile: true,
  logLevel: "info",
});
await writeFile(join(OUT, "licences.txt"), await licences(packagesOf(metafile)));

/** Names the packages of which something is in the bundles. */
function packagesOf(metafile) {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  const names = used.map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  // The layout library is published as one file that contains the graph library it stands on.
  return [...new Set([...names, "@dagrejs/graphlib"])].filter((name) => name !== undefined).sort();
}

/** Writes name, version, licence and licence text of each package. */
async function licences(names) {
  const parts = await Promise.all(names.map(licence));
  return `Clew's pages contain these packages.\n\n${parts.join("\n")}`;
}

async function licence(name) {
  const folder = join("node_modules", name);
  const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
  if (!license || !file) throw new Error(`${name}: where is its licence?`);
  const text = (await readFile(join(folder, file), "utf8")).trim();
  return `${"=".repeat(80)}\n${name} ${version} (${license})\n${"=".repeat(80)}\n${text}\n`;
}
