// The half of package dom that lives in the browser. One Bridge stands between one element of the host page and its
// widget in WebAssembly. Callbacks are numbers that the widget gave out. The host page's globals are read, never written.

import { edits as read } from "./packing.js";
import { Upload } from "./upload.js";

// What the widget is told, as in abi.go.
const START = 0, CLOSE = 1, FRAME = 2, CALL = 3, EVENT = 4, SHOWN = 5, ONLINE = 6, WIDTH = 7;

// Operations of markup.Op.
const CREATE = 1, TEXT = 2, SET_TEXT = 3, SET_ATTR = 4, REMOVE_ATTR = 5, SET_STYLE = 6, SET_VALUE = 7, SET_CHECKED = 8, INSERT = 9,
  REMOVE = 10, FORGET = 11;

// What a socket's callback is told, beside the code of its end.
const OPENED = 0, MESSAGE = 1;

// What became of an event: markup.Answer.
const TAKEN = 2;

// What the widget listens to. Listening in the capture phase hears also what does not bubble.
const EVENTS = ["click", "input", "change", "submit", "keydown", "pointerdown", "pointerup", "cancel", "close", "error"];

const MOVE = { duration: 320, easing: "cubic-bezier(.2,.7,.2,1)" }; // --ff-slow
const PATIENCE = 20000; // ms; a call that takes longer counts as unanswered

const SVG = "http://www.w3.org/2000/svg";

// OPERATIONS are methods of Bridge, in the order of abi.go.
export const OPERATIONS = ["draw", "fetch", "send", "token", "dial", "post", "end", "after", "key", "load", "save", "date", "picture", "discard",
  "focus", "tellHost", "prove", "copy"];

export class Bridge {
  constructor(place, settings, heard) {
    this.place = place;
    this.root = place.getRootNode();
    this.host = this.root.host;
    this.settings = settings;
    this.heard = (...told) => {
      let answer;
      try {
        answer = heard(...told);
      } catch (error) { // the module has ended: nothing more can be told to it
        console.error("fanfare:", error);
        this.heard = () => 0;
        settings.failed();
        return 0;
      }
      if (told[0] !== FRAME && (told[0] !== EVENT || answer)) this.look();
      return answer;
    };
    this.nodes = new Map([[0, place]]);
    this.ids = new WeakMap();
    this.rows = new Set(); // nodes that glide to a new place
    this.ends = new Map(); // how to end what a callback waits for
    this.sockets = new Map();
    this.files = new Map();
    this.uploads = new Set();
    this.lastFile = 0;
    this.memory = {};
    this.stop = new AbortController();
  }

  start() {
    const { base, challenge, lang, challengeReply, boardReply, sentences } = this.settings;
    const on = (target, event, hear, capture) => target.addEventListener(event, hear, { capture, signal: this.stop.signal });
    for (const event of EVENTS) on(this.place, event, (e) => this.dispatch(e), true);
    // A photo that is no longer shown leaves its place empty, not the browser's torn picture.
    for (const event of ["error", "load"]) on(this.place, event, ({ target }) => { target.style.visibility = event === "error" ? "hidden" : ""; }, true);
    const shown = () => this.heard(SHOWN, document.hidden ? 0 : 1);
    on(document, "visibilitychange", () => {
      this.hurry();
      shown();
    });
    for (const event of ["online", "offline"]) {
      on(window, event, () => {
        this.hurry();
        this.heard(ONLINE, event === "online" ? 1 : 0);
      });
    }
    this.heard(START, 0, 0, [base, challenge, lang, challengeReply, boardReply, sentences, String(this.host.clientWidth),
      (/^#(e_\w+)$/.exec(location.hash) || [])[1] || "", new URLSearchParams(location.search).get("fanfare-friends") || ""]);
    if (document.hidden) shown();
    this.heard(FRAME);
    if (window.ResizeObserver) {
      this.observer = new ResizeObserver(() => this.heard(WIDTH, this.host.clientWidth));
      this.observer.observe(this.host);
    }
  }

  close() {
    this.stop.abort();
    if (this.observer) this.observer.disconnect();
    for (const end of this.ends.values()) end();
    for (const { url } of this.files.values()) if (url) URL.revokeObjectURL(url);
    this.heard(CLOSE);
    this.heard = () => 0;
    this.place.replaceChildren();
  }

  // look asks the widget what there is to see before the next painting, once for all that happens until then. While the
  // page is hidden there is no painting.
  look() {
    if (this.looking) return;
    this.looking = true;
    requestAnimationFrame(() => {
      this.looking = false;
      this.heard(FRAME);
    });
  }

  call(n, number, text = "") {
    this.heard(CALL, n, number, [text]);
  }

  // end gives up what a callback waits for; what an upload has sent stays with the server, unless it is unwanted.
  end(n, unwanted) {
    const end = this.ends.get(n);
    this.ends.delete(n);
    if (end) end(unwanted);
  }

  // Events

  // The innermost node that hears the event takes it. Closing is told to the dialog alone: a file picker that was left
  // without choosing says "cancel" as well, and that bubbles.
  dispatch(e) {
    const only = e.type === "cancel" || e.type === "close";
    const target = e.target;
    let details;
    for (let node = target; node && node !== this.place; node = node.parentNode) {
      const id = this.ids.get(node);
      if (id) {
        details = details || this.details(e, target);
        const answer = this.heard(EVENT, id, 0, details);
        if (answer === TAKEN) e.preventDefault();
        if (answer) return;
      }
      if (only) return;
    }
  }

  details(e, target) {
    const text = typeof target.value === "string" && target.type !== "file" ? target.value : "";
    const details = [e.type, e.key || "", text, target.checked ? "1" : "", String(Math.max(0, Math.round(e.clientX || 0)))];
    if (e.type === "change" && target.files) {
      for (const file of target.files) {
        const id = ++this.lastFile;
        this.files.set(id, { file });
        details.push(String(id), file.name, file.type, String(file.size), String(file.lastModified));
      }
      target.value = ""; // so that the same file can be chosen again
    }
    return details;
  }

  // Screen

  draw(_, bytes) {
    const focused = this.root.activeElement;
    const edits = read(bytes);
    const before = this.places(edits);
    const near = edits.filter((e) => e.op === SET_ATTR && e.name === "data-near");
    if (!this.drawn) this.place.replaceChildren(); // what the loader painted
    this.drawn = true;
    const dialogs = edits.filter((e) => this.apply(e)).map((e) => this.nodes.get(e.id));
    for (const dialog of dialogs) dialog.showModal();
    for (const { id } of near) this.bringNear(this.nodes.get(id));
    if (before) this.glide(before);
    if (focused && focused.isConnected && !dialogs.length && this.root.activeElement !== focused) {
      focused.focus({ preventScroll: true }); // moving an element takes the focus from it
    }
  }

  // bringNear scrolls a row of choices so that the one chosen stands in its middle; the page stays where it is.
  bringNear(node) {
    const bar = node.parentNode;
    bar.scrollLeft = node.offsetLeft - bar.offsetLeft - (bar.clientWidth - node.offsetWidth) / 2;
  }

  // apply does one edit and tells whether it put a dialog in.
  apply(e) {
    const node = this.nodes.get(e.id);
    switch (e.op) {
      case CREATE:
        this.keep(e.id, e.name === "svg" || e.name === "path" ? document.createElementNS(SVG, e.name) : document.createElement(e.name));
        break;
      case TEXT:
        this.keep(e.id, document.createTextNode(e.value));
        break;
      case SET_TEXT:
        node.data = e.value;
        break;
      case SET_ATTR:
        node.setAttribute(e.name, e.value);
        if (e.name === "data-flip") this.rows.add(e.id);
        break;
      case REMOVE_ATTR:
        node.removeAttribute(e.name);
        break;
      case SET_STYLE:
        node.style.setProperty(e.name, e.value);
        break;
      case SET_VALUE:
        if (node.value !== e.value) node.value = e.value; // setting it anew would move the caret
        break;
      case SET_CHECKED:
        node.checked = e.value !== "";
        break;
      case INSERT:
        this.nodes.get(e.parent).insertBefore(node, e.before ? this.nodes.get(e.before) : null);
        return !!node.showModal;
      case REMOVE:
        if (node.showModal && node.open) node.close(); // gives the focus back to where it came from
        node.remove();
        break;
      case FORGET:
        this.nodes.delete(e.id);
        this.rows.delete(e.id);
    }
    return false;
  }

  keep(id, node) {
    this.nodes.set(id, node);
    this.ids.set(node, id);
  }

  // places are where the rows stand, if some of them are about to move before an eye that likes motion.
  places(edits) {
    const moves = edits.some((e) => (e.op === INSERT || e.op === REMOVE) && this.rows.has(e.id));
    if (!moves || matchMedia("(prefers-reduced-motion: reduce)").matches) return null;
    return this.measure();
  }

  measure() {
    return new Map([...this.rows].map((id) => [id, this.nodes.get(id).getBoundingClientRect()]));
  }

  // glide lets rows come from where they were; new ones appear.
  glide(before) {
    for (const [id, now] of this.measure()) {
      const was = before.get(id);
      const node = this.nodes.get(id);
      if (!node.animate) return;
      if (!was) node.animate([{ opacity: 0 }, { opacity: 1 }], MOVE);
      else if (was.x !== now.x || was.y !== now.y) {
        node.animate([{ transform: `translate(${was.x - now.x}px,${was.y - now.y}px)` }, { transform: "none" }], MOVE);
      }
    }
  }

  // date names a year that is not this one, and the zone to those who live in another one. A zone that the browser does not
  // know gives way to theirs.
  date(_, millis, timeZone, lang) {
    millis = Number(millis);
    const year = new Date(millis).getFullYear() === new Date().getFullYear() ? undefined : "numeric";
    const write = (options) => new Intl.DateTimeFormat(lang, {
      year, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...options,
    });
    const here = write().format(millis);
    try {
      const there = write({ timeZone }).format(millis);
      if (there === here) return here;
      const zone = write({ timeZone, timeZoneName: "short" }).formatToParts(millis).find((part) => part.type === "timeZoneName");
      return `${there} ${zone.value}`;
    } catch {
      return here;
    }
  }

  picture(id) {
    const chosen = this.files.get(id);
    return chosen.url = URL.createObjectURL(chosen.file);
  }

  discard(id) {
    const chosen = this.files.get(id);
    if (chosen && chosen.url) URL.revokeObjectURL(chosen.url);
    this.files.delete(id);
  }

  focus(_, id) {
    this.look(); // so that what is to be seen is there first, and the browser scrolls to where the element then is
    requestAnimationFrame(() => {
      const node = this.root.getElementById(id);
      if (node) node.focus();
    });
  }

  copy(n, parameter, value) {
    const url = new URL(location.href);
    url.searchParams.set(parameter, value);
    url.hash = this.host.id; // so that it opens where the board is
    Promise.resolve().then(() => navigator.clipboard.writeText(url.href)).then(() => this.call(n, 0), () => this.call(n, 0, url.href));
  }

  tellHost(_, event, ...pairs) {
    const detail = object(pairs, () => true);
    this.host.dispatchEvent(new CustomEvent(event, { detail, bubbles: true, composed: true }));
  }

  // Network

  fetch(n, method, url, bearer, ...body) {
    const x = new XMLHttpRequest(); // which can be given a time limit everywhere
    x.open(method, url);
    x.timeout = PATIENCE;
    x.setRequestHeader("Accept", "application/json");
    if (bearer) x.setRequestHeader("Authorization", "Bearer " + bearer);
    x.onloadend = () => {
      this.ends.delete(n);
      this.call(n, x.status, x.responseText);
    };
    this.ends.set(n, () => {
      x.onloadend = null;
      x.abort();
    });
    if (!body.length) return x.send();
    x.setRequestHeader("Content-Type", "application/json");
    const made = object(body, (value, name) => value !== "" || name[0] === "*");
    for (const name of Object.keys(made).filter((name) => name[0] === "#" || name[0] === "*")) {
      made[name.slice(1)] = name[0] === "#" ? Number(made[name]) : made[name].split(",").filter(Boolean);
      delete made[name];
    }
    x.send(JSON.stringify(made));
  }

  send(n, moved, url, form, bearer, entry, file, ...fields) {
    const ended = () => {
      this.ends.delete(n);
      this.uploads.delete(upload);
    };
    const upload = new Upload({ url, form, bearer, entry, fields, file: this.files.get(Number(file)).file }, this,
      (percent) => this.call(Number(moved), percent),
      ({ status, text }) => {
        ended();
        this.call(n, status, text);
      });
    this.uploads.add(upload);
    this.ends.set(n, (unwanted) => {
      ended();
      upload.stop(unwanted);
    });
  }

  // hurry lets uploads that wait try again at once.
  hurry() {
    for (const upload of this.uploads) upload.hurry();
  }

  // prove checks the votes kept here against the public log, the one of a reply to a vote among them.
  prove(n, bearer, reply) {
    const { base, challenge } = this.settings;
    (async () => {
      const { Receipts } = await import(new URL(FANFARE_RECEIPTS, import.meta.url).href);
      const receipts = new Receipts({ load: (name) => this.load(0, name), save: (name, text) => this.save(0, name, text) }, base, challenge);
      const { receipt } = reply ? JSON.parse(reply) : {};
      if (receipt) receipts.add(receipt);
      return JSON.stringify(await receipts.prove(bearer));
    })().then((found) => this.call(n, 0, found), () => this.call(n, 0));
  }

  token(n) {
    Promise.resolve().then(() => this.settings.token()).then(
      (token) => this.call(n, 0, typeof token === "string" ? token : ""), () => this.call(n, 0));
  }

  dial(n, url) {
    let ws;
    const close = (code) => {
      this.ends.delete(n);
      this.sockets.delete(n);
      this.call(n, Math.max(code, 1000));
    };
    try {
      ws = new WebSocket(url);
    } catch {
      setTimeout(close, 0, 1006);
      return;
    }
    ws.binaryType = "arraybuffer";
    ws.onopen = () => this.call(n, OPENED);
    ws.onmessage = (e) => typeof e.data !== "string" && this.call(n, MESSAGE, new Uint8Array(e.data));
    ws.onclose = (e) => close(e.code);
    this.ends.set(n, () => {
      this.sockets.delete(n);
      ws.onopen = ws.onmessage = ws.onclose = null;
      ws.close();
    });
    this.sockets.set(n, ws);
  }

  post(n, bytes) {
    this.sockets.get(n).send(bytes);
  }

  // Clock and store

  after(n, millis) {
    const timer = setTimeout(() => {
      this.ends.delete(n);
      this.call(n, 0);
    }, Number(millis));
    this.ends.set(n, () => clearTimeout(timer));
  }

  // key uses getRandomValues because pages on plain HTTP have no randomUUID.
  key() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  }

  load(_, name) {
    try {
      return localStorage.getItem(name) || this.memory[name] || "";
    } catch {
      return this.memory[name] || "";
    }
  }

  save(_, name, text) {
    this.memory[name] = text;
    try {
      if (text) localStorage.setItem(name, text);
      else localStorage.removeItem(name);
    } catch {
      // this page remembers it all the same
    }
  }
}

// object is made of names and values in turn.
function object(pairs, keeps) {
  const made = {};
  for (let i = 0; i + 1 < pairs.length; i += 2) if (keeps(pairs[i + 1], pairs[i])) made[pairs[i]] = pairs[i + 1];
  return made;
}
