// One file on its way to the server by tus 1.0.0, and the form that makes an entry of it. Whatever breaks on the way, it
// asks how much the server has and goes on from there: at once when the network is back, after a reload or days later
// when the same file is chosen again. It ends with the server's word, or when it is ended.

const PIECE = 8 << 20; // bytes a request; a proxy that holds a request back until it is whole loses no more than this
const STALL = 45000; // ms; a request of which nothing was heard for so long counts as broken
const PAUSES = [1, 2, 3, 5, 10, 20, 30]; // s between tries
const READ = 64 << 20; // bytes; a larger file is not read into memory, so its hash is not announced
const KEPT = 7 * 86400e3; // ms that an address is kept where the server does not say
const BEGINNINGS = 3; // after so many addresses that were gone at once, the server's refusal is told

// What the widget is told in the place of a percentage.
const NO_NETWORK = -1, BUSY = -2;

const LIST = "fanfare uploads"; // in the store: addresses by what is sent where

// Answers to a request of tus after which trying again is worth it: none, an offset that is another by now, a lease that
// somebody holds, a server that is busy. A limit of requests passes as well; one of uploads does not.
const passes = ({ status, code }) =>
  [0, 204, 408, 409, 423, 502, 503, 504].includes(status) || status === 429 && code === "rate_limited";

// told is an answer of this side, in the form of the server's.
const told = (code) => ({ status: 400, code, text: JSON.stringify({ code }) });

export class Upload {
  // wish: url of the uploads, form (its address, or none), fields, bearer, entry that the file is the original of, file.
  // moved hears percents, done the last answer.
  constructor(wish, store, moved, done) {
    Object.assign(this, wish, { store, moved, done, tries: 0, beginnings: 0, shown: 0 });
    this.run();
  }

  async run() {
    let last;
    try {
      await this.read();
      while (!last && !this.ended) last = await this.next();
    } catch (error) {
      console.error("fanfare:", error);
      last = told("file_gone");
    }
    if (!this.ended) this.done(last);
  }

  // read takes the file into memory, because what a phone's picker gave may be gone a minute later.
  async read() {
    const { file, entry, form } = this;
    let mark = `${file.name}/${file.size}/${file.lastModified}`;
    this.bytes = file;
    if (file.size <= READ) {
      const content = await file.arrayBuffer();
      this.bytes = new Blob([content]);
      if (globalThis.crypto && crypto.subtle) { // not on plain HTTP
        mark = this.sha256 = Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", content)), hex).join("");
      }
    }
    this.mark = `${entry || form} ${mark}`;
    const known = this.kept()[this.mark];
    if (known) [this.at, , this.offset] = known; // -1: how much the server has is not known
  }

  // next takes one step; it returns the answer that ends the upload.
  next() {
    if (!this.at) return this.begin();
    if (this.offset < 0) return this.look();
    if (this.offset < this.bytes.size) return this.push();
    return this.enter();
  }

  async begin() {
    const about = { purpose: this.entry ? "original" : "entry", entry: this.entry, sha256: this.sha256 };
    const answer = await this.ask("POST", this.url, {
      "Upload-Length": this.bytes.size,
      "Upload-Metadata": Object.keys(about).filter((name) => about[name]).map((name) => `${name} ${btoa(about[name])}`).join(),
    });
    if (answer.status !== 201) return this.judge(answer);
    this.at = new URL(answer.header("Location"), this.url).href;
    return this.keep(0, answer);
  }

  async look() {
    const answer = await this.ask("HEAD", this.at);
    return answer.ok ? this.keep(Number(answer.header("Upload-Offset")), answer) : this.judge(answer);
  }

  async push() {
    const end = Math.min(this.offset + PIECE, this.bytes.size);
    const answer = await this.ask("PATCH", this.at, {
      "Upload-Offset": this.offset, "Content-Type": "application/offset+octet-stream",
    }, this.bytes.slice(this.offset, end));
    const has = Number(answer.header("Upload-Offset"));
    if (answer.ok && has > this.offset) return this.keep(has, answer);
    if (!answer.status) await this.bytes.slice(0, 1).arrayBuffer(); // fails where the file, not the network, is gone
    this.offset = -1;
    return this.judge(answer);
  }

  // enter sends the form. Its key is the upload's, so that a lost answer never makes a second entry.
  async enter() {
    if (!this.form) {
      this.forget();
      return { status: 200, text: "" };
    }
    const id = this.at.slice(this.at.lastIndexOf("/") + 1);
    const form = new FormData();
    for (let i = 0; i + 1 < this.fields.length; i += 2) form.append(this.fields[i], this.fields[i + 1]);
    form.append("upload", id);
    const answer = await this.ask("POST", this.form, { "Idempotency-Key": id }, form);
    switch (answer.code) {
      case "upload_unfinished":
        this.offset = -1;
        return this.pause(BUSY);
      case "upload_unknown":
        return this.renew(answer);
    }
    if (answer.status !== 409 && passes(answer)) return this.pause(answer.status ? BUSY : NO_NETWORK);
    if (answer.ok || answer.code === "idempotency_key_reused") this.forget();
    return answer;
  }

  // judge waits after what passes, and begins anew where the upload is gone. Any other answer is the last one; the address
  // is kept then too, because the server tells the next try whether it is still good.
  judge(answer) {
    if (passes(answer)) return this.pause(answer.status ? BUSY : NO_NETWORK);
    return [403, 404, 410].includes(answer.status) ? this.renew(answer) : answer;
  }

  renew(answer) {
    if (!this.at || ++this.beginnings > BEGINNINGS) return answer;
    this.forget();
    this.shown = 0;
    return null;
  }

  // pause lasts until the network or the eye is back, and otherwise longer each time.
  pause(why) {
    if (this.ended) return null;
    this.moved(why);
    this.waiting = true;
    const wait = PAUSES[Math.min(this.tries++, PAUSES.length - 1)] * 1000;
    return new Promise((resolve) => {
      this.wake = () => resolve(null);
      this.timer = setTimeout(this.wake, wait * (.75 + Math.random() / 2));
    }).then(() => clearTimeout(this.timer));
  }

  // hurry tries again at once.
  hurry() {
    this.tries = 0;
    if (this.wake) this.wake();
  }

  // stop ends the upload; what the server has stays there for another try, unless it is unwanted.
  stop(unwanted) {
    this.ended = true;
    clearTimeout(this.timer);
    if (this.request) this.request.abort();
    if (!unwanted || !this.at) return;
    this.ask("DELETE", this.at);
    this.forget();
  }

  show(bytes) {
    const percent = Math.floor(bytes * 100 / (this.bytes.size || 1));
    if (percent <= this.shown && !this.waiting) return; // what was on its way when a line broke is counted once
    this.waiting = false;
    this.moved(this.shown = Math.max(percent, this.shown));
  }

  // ask makes a request; it always answers, with no status where nothing came.
  ask(method, url, headers = {}, body = null) {
    const x = this.request = new XMLHttpRequest(); // it alone tells of progress
    const from = this.offset;
    let stall;
    const watch = () => {
      clearTimeout(stall);
      stall = setTimeout(() => x.abort(), STALL);
    };
    x.open(method, url);
    x.setRequestHeader("Accept", "application/json");
    x.setRequestHeader("Authorization", "Bearer " + this.bearer);
    if (url !== this.form) x.setRequestHeader("Tus-Resumable", "1.0.0");
    for (const name in headers) x.setRequestHeader(name, headers[name]);
    x.upload.onprogress = (e) => {
      watch();
      if (method === "PATCH" && !this.ended) this.show(from + Math.min(e.loaded, body.size));
    };
    watch();
    x.send(body);
    return new Promise((resolve) => {
      x.onloadend = () => {
        clearTimeout(stall);
        resolve({
          status: x.status, ok: x.status >= 200 && x.status < 300, text: x.responseText, code: codeOf(x.responseText),
          header: (name) => x.getResponseHeader(name) || "",
        });
      };
    });
  }

  kept() {
    try {
      return JSON.parse(this.store.load(0, LIST)) || {};
    } catch {
      return {};
    }
  }

  // keep remembers the upload's address for days, and that nothing is missing any more.
  keep(offset, answer) {
    this.tries = 0;
    this.offset = offset;
    if (offset) this.beginnings = 0;
    const all = this.kept();
    all[this.mark] = [this.at, Date.parse(answer.header("Upload-Expires")) || Date.now() + KEPT, offset < this.bytes.size ? -1 : offset];
    this.save(all);
    this.show(offset);
    return null;
  }

  forget() {
    const all = this.kept();
    delete all[this.mark];
    this.save(all);
    this.at = "";
  }

  save(all) {
    for (const mark in all) if (all[mark][1] < Date.now()) delete all[mark];
    this.store.save(0, LIST, Object.keys(all).length ? JSON.stringify(all) : "");
  }
}

const hex = (byte) => byte.toString(16).padStart(2, "0");

const codeOf = (text) => {
  try {
    return JSON.parse(text).code;
  } catch {
    return "";
  }
};
