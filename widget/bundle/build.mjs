// Builds what a browser downloads into built/, which the server carries inside: `npm ci && node widget/bundle/build.mjs`.
// It needs Go and Node, runs the same anywhere, gives the same bytes each time, and fails when a budget is exceeded: with the Go
// that it was measured with. Another one builds a larger program, and is not held to the budget.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import * as esbuild from "esbuild";
import { withoutLines } from "./lines.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const built = join(here, "built");

// Budgets in bytes after brotli. What is fetched before the board is painted is the loader with its style, and two
// replies, for which testdata holds typical ones. What a fan may answer to decisions (appeals, bans, originals asked for), and who
// may vote, by what rules, what is missing to do so and how votes are proved, took the WebAssembly over the 470,000 bytes
// that it once had. What counts visitors is for nobody to wait for: it stays small. Charts to look at closely are uPlot, for staff.
const BUDGETS = { paint: 6 * 1024, wasm: 500_000, events: 1536, zoom: 24 * 1024 };

const TARGET = ["chrome90", "safari15", "firefox90"]; // WebAssembly with bulk memory is younger than the rest of what is used

const brotli = (bytes) => brotliCompressSync(bytes, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
});

const read = (...path) => readFileSync(join(here, ...path), "utf8");

const minifyStyle = async (text) => (await esbuild.transform(text, { loader: "css", minify: true, target: TARGET })).code.trim();

const files = new Map(); // what is written at the end, when all is there

// put adds a file and its compressed twin; it returns the name and the compressed size. "#" in a name becomes the
// content's hash.
function put(name, content) {
  const bytes = Buffer.from(content);
  name = name.replace("#", createHash("sha256").update(bytes).digest("hex").slice(0, 12));
  const compressed = brotli(bytes);
  files.set(name, bytes);
  files.set(`${name}.br`, compressed);
  return { name, size: compressed.length };
}

// GCFLAGS: without inlining (-l) and columns (-C) the code is smallest. -B leaves the bounds checks out of the runtime,
// which is tested elsewhere, and saves 7 KB; our own packages and all others keep theirs.
const GCFLAGS = ["-gcflags=all=-l -C", "-gcflags=runtime=-l -C -B"];

// measured tells whether this is the Go whose tables and experiments are known.
const measured = execFileSync("go", ["env", "GOVERSION"], { cwd: root, encoding: "utf8" }).startsWith("go1.26");

// buildWasm compiles the widget without the runtime's experiments that cost phones most, and without the tables of lines.
function buildWasm() {
  const folder = mkdtempSync(join(tmpdir(), "fanfare-wasm-"));
  try {
    const file = join(folder, "widget.wasm");
    execFileSync("go", ["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", ...GCFLAGS, "-o", file, "./cmd/widget"], {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, GOOS: "js", GOARCH: "wasm", GOEXPERIMENT: measured ? "nogreenteagc,nosizespecializedmalloc" : "", GOFLAGS: "" },
    });
    const program = readFileSync(file);
    return measured ? withoutLines(program) : program;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// wasmExec wraps the toolchain's wasm_exec.js, which expects to write to the global object: it gets an object of its own.
function wasmExec() {
  const goroot = execFileSync("go", ["env", "GOROOT"], { encoding: "utf8" }).trim();
  const source = readFileSync(join(goroot, "lib", "wasm", "wasm_exec.js"), "utf8");
  return `
    const decoder = new TextDecoder();
    const fs = {
      constants: { O_WRONLY: -1, O_RDWR: -1, O_CREAT: -1, O_TRUNC: -1, O_APPEND: -1, O_EXCL: -1, O_DIRECTORY: -1 },
      writeSync(_, bytes) { console.error(decoder.decode(bytes)); return bytes.length; },
    };
    const scope = { crypto, performance, TextEncoder, TextDecoder, fs, process: { pid: -1 }, path: {} };
    (function (globalThis) { ${source} })(scope);
    export const Go = scope.Go;`;
}

// virtual answers imports of what is made during the build.
const virtual = (modules) => ({
  name: "virtual",
  setup(build) {
    build.onResolve({ filter: /^(go|fanfare):/ }, ({ path }) => ({ path, namespace: "virtual" }));
    build.onLoad({ filter: /.*/, namespace: "virtual" }, async ({ path }) => modules[path]());
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => ({ contents: await minifyStyle(readFileSync(path, "utf8")), loader: "text" }));
  },
});

async function bundle(entry, format, options) {
  const result = await esbuild.build({
    entryPoints: [join(here, "src", entry)], bundle: true, minify: true, write: false, format, target: TARGET, charset: "utf8", ...options,
  });
  return result.outputFiles[0].contents;
}

const catalogue = read("..", "text", "sentences.txt").split("\n").map((text) => text.trim().split(" | ")).filter((fields) => fields.length === 3);

// line is where a sentence stands in the catalogue.
const line = (key) => catalogue.findIndex((fields) => fields[0] === key);

// sentences is a column of the widget's catalogue, a line each.
const sentences = (column) => catalogue.map((fields) => fields[column]).join("\n");

const wasm = put("board-#.wasm", buildWasm());
const receipts = put("receipts-#.js", await bundle("receipts.js", "esm"));
const core = put("core-#.js", await bundle("core.js", "esm", {
  define: { FANFARE_RECEIPTS: JSON.stringify(`./${receipts.name}`) },
  banner: { js: "/*! With wasm_exec.js of Go, Copyright The Go Authors, BSD-3-Clause */" },
  plugins: [virtual({ "go:wasm_exec": () => ({ contents: wasmExec(), loader: "js" }) })],
}));
const parts = {
  core: core.name, wasm: wasm.name, en: put("en-#.txt", sentences(1)).name, "zh-CN": put("zh-CN-#.txt", sentences(2)).name,
  gone: line("NoChallenge"), out: line("LoadFailed"), only: line("NoCore"),
};
const style = await minifyStyle(read("tokens.css") + read("src", "board.css"));
const embed = put("embed.js", await bundle("embed.js", "iife", {
  define: { FANFARE_PARTS: JSON.stringify(parts) },
  plugins: [virtual({ "fanfare:style": () => ({ contents: style, loader: "text" }) })],
}));
put("tokens.css", await minifyStyle(read("tokens.css")));
const events = put("events.js", await bundle("events.js", "esm"));
const installed = (path) => readFileSync(createRequire(import.meta.url).resolve(path), "utf8");
put("htmx.min.js", installed("htmx.org/dist/htmx.min.js"));
const zoom = put("zoom.js", await bundle("zoom.js", "esm"));
put("zoom.css", await minifyStyle(installed("uplot/dist/uPlot.min.css") + read("src", "zoom.css")));

for (const name of readdirSync(built)) if (name !== ".keep" && !files.has(name)) rmSync(join(built, name));
for (const [name, bytes] of files) writeFileSync(join(built, name), bytes);

const replies = ["challenge.json", "board.json"].map((name) => brotli(Buffer.from(read("testdata", name))).length);
const sizes = { paint: embed.size + replies[0] + replies[1], loader: embed.size, replies, core: core.size, receipts: receipts.size, events: events.size, zoom: zoom.size, wasm: wasm.size };
console.log(`widget, bytes after brotli: ${JSON.stringify(sizes)}`);
for (const [name, limit] of Object.entries(BUDGETS)) {
  if (sizes[name] > limit) {
    console.error(`widget: ${name} takes ${sizes[name]} bytes, its budget is ${limit}`);
    if (measured) process.exitCode = 1;
  }
}
