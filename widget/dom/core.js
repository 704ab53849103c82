import { Bridge, OPERATIONS } from "./bridge.js";
import { pack, unpack } from "./packing.js";

// Core is the running WebAssembly with all its pages.
export class Core {
  constructor() {
    this.bridges = new Map();
    this.last = 0;
    this.replies = [];
    // What the module imports, by the names of abi.go.
    this.imports = {
      ask: (page, operation, n, at, length) => this.ask(page, operation, n, new Uint8Array(this.exports.mem.buffer, at, length)),
      fetch: (at) => new Uint8Array(this.exports.mem.buffer).set(this.replies.pop(), at),
      now: () => Date.now(),
      random: () => Math.random(),
    };
  }

  // mount puts a widget into a place in a shadow root; it returns the way to take it out again.
  mount(place, settings) {
    const bridge = new Bridge(place, settings, (...told) => this.tell(page, ...told));
    const page = ++this.last;
    this.bridges.set(page, bridge);
    bridge.start();
    return () => {
      bridge.close();
      this.bridges.delete(page);
    };
  }

  // tell is the one way into the widget: a kind, two numbers, and texts that the widget fetches.
  tell(page, kind, n = 0, value = 0, texts = []) {
    return this.exports.heard(page, kind, n, value, this.reply(texts));
  }

  ask(page, operation, n, bytes) {
    const bridge = this.bridges.get(page);
    if (!bridge) return 0;
    const name = OPERATIONS[operation];
    if (name === "draw" || name === "post") { // bytes as they are; a copy, because the widget goes on
      bridge[name](n, bytes.slice());
      return 0;
    }
    const reply = bridge[name](n, ...unpack(bytes));
    return typeof reply === "string" ? this.reply([reply]) : 0;
  }

  // reply lets texts wait to be fetched; it returns how many bytes they take.
  reply(texts) {
    if (!texts.length) return 0;
    const packed = pack(texts);
    this.replies.push(packed);
    return packed.length;
  }
}
