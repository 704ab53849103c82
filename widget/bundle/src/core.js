// The core: the widget in WebAssembly and what it needs from the browser. The loader fetches it once the board is painted.
import { Core } from "../../dom/core.js";
import { Go } from "go:wasm_exec";
import boards from "./boards.css";
import panel from "./panel.css";

export const style = panel + boards;

// start runs the WebAssembly at the address.
export async function start(url) {
  for (const element of document.querySelectorAll("fanfare-challenge")) count(element); // also where the WebAssembly may not run
  const core = new Core();
  const go = new Go();
  const imports = { ...go.importObject, fanfare: core.imports };
  const { instance } = await instantiate(url, imports);
  core.exports = instance.exports;
  go.run(instance);
  return {
    mount(place, settings) {
      count(place.getRootNode().host);
      return core.mount(place, settings);
    },
  };
}

async function instantiate(url, imports) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  if (WebAssembly.instantiateStreaming) return WebAssembly.instantiateStreaming(response, imports);
  return WebAssembly.instantiate(await response.arrayBuffer(), imports);
}

// count has the collector watch an element, once the page has time for it, unless the page says that its visitor does not count.
function count(element) {
  if (element.hasAttribute("uncounted")) return;
  const idle = window.requestIdleCallback ? (then) => requestIdleCallback(then, { timeout: 2000 }) : (then) => setTimeout(then, 2000);
  idle(async () => {
    try {
      const { watch } = await import(new URL("./events.js", import.meta.url).href);
      watch(element, element.getAttribute("challenge") || "");
    } catch {
      // not counted
    }
  });
}
