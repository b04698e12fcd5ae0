// Puts together the folder that the program serves: site.mjs PKG PUBLIC SITE HASHES
// Scripts, WebAssembly and styles (PKG) get a hash of their content in their names, so that a browser may keep them for
// ever; HASHES tells the program which. Everything lies there compressed too. Called by browser.sh.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [pkg, assets, site, hashes] = process.argv.slice(2);
const fresh = `${site}.new`;
rmSync(fresh, { recursive: true, force: true });
mkdirSync(join(fresh, "pkg"), { recursive: true });
cpSync(assets, fresh, { recursive: true });

const lines = [];
for (const kind of ["js", "wasm", "css"]) {
  const content = readFileSync(join(pkg, `latchkey.${kind}`));
  const hash = createHash("sha256").update(content).digest("base64url").slice(0, 22);
  writeFileSync(join(fresh, "pkg", `latchkey.${hash}.${kind}`), content);
  lines.push(`${kind}: ${hash}\n`);
}

const compressible = new Set([".js", ".wasm", ".css", ".svg", ".txt"]);
for (const entry of readdirSync(fresh, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !compressible.has(extname(entry.name))) continue;
  const file = join(entry.parentPath ?? entry.path, entry.name);
  const content = readFileSync(file);
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${file}.br`, brotliCompressSync(content, { params: quality }));
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
}

rmSync(site, { recursive: true, force: true });
renameSync(fresh, site);
mkdirSync(dirname(hashes), { recursive: true });
writeFileSync(hashes, lines.join(""));
