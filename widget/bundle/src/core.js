// The core: the widget in WebAssembly and what it needs from the browser. The loader fetches it once the board is painted.
import { Core } from "../../dom/core.js";
import { Go } from "go:wasm_exec";
import boards from "./boards.css";
import panel from "./panel.css";

export const style = panel + boards;

// start runs the WebAssembly at the address.
export async function start(url) {
  const core = new Core();
  const go = new Go();
  const imports = { ...go.importObject, fanfare: core.imports };
  const { instance } = await instantiate(url, imports);
  core.exports = instance.exports;
  go.run(instance);
  return core;
}

async function instantiate(url, imports) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  if (WebAssembly.instantiateStreaming) return WebAssembly.instantiateStreaming(response, imports);
  return WebAssembly.instantiate(await response.arrayBuffer(), imports);
}
