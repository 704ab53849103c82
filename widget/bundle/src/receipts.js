// The proof that votes stand in the public log, checked by the fan's own browser: that each leaf is in the newest
// checkpoint, that the checkpoint goes on from the one seen before, and that the installation has signed it. Fetched when
// the first receipt is there. The tree and both proofs are those of RFC 9162, the note is that of C2SP signed-note.

// What a check finds.
const STANDS = "stands", WAITS = "waits", BROKEN = "broken";

// check asks the log for its newest checkpoint and for proofs of receipts ({ leaf, index }; an index may be missing as long
// as a leaf is not in the tree). seen is what the last check returned, or null. It returns the states of the receipts in
// their order, and seen: what to keep for the next check. Where the checkpoint itself does not hold, every state is
// "broken", and seen stays as it was. It throws when the log is out of reach.
export async function check(log, receipts, seen) {
  const known = receipts.filter(({ index }) => index >= 0);
  const wish = [...known.map(({ index }) => `leaf=${index}`), ...seen ? [`since=${seen.size}`] : []].join("&");
  const answer = await get(`${log}/proof?${wish}`);
  const { checkpoint: note, inclusion = [], consistency = [] } = JSON.parse(answer);
  const newest = parse(note);
  const sound = newest && await signed(note, newest, seen && seen.key || await get(`${log.replace(/[^/]+$/, "")}key`))
    && (!seen || newest.origin === seen.origin && goesOn(seen.size, decode(seen.root), newest.size, newest.root, consistency.map(decode)));
  if (!sound) return { states: receipts.map(() => BROKEN), seen };
  const states = receipts.map(({ leaf, index }) => {
    if (!(index >= 0) || index >= newest.size) return WAITS;
    const found = inclusion.find((proof) => proof.index === index);
    const holds = found && includes(index, newest.size, newest.root, leafHash(leaf), found.hashes.map(decode));
    return holds ? STANDS : BROKEN;
  });
  return { states, seen: { origin: newest.origin, size: newest.size, root: encode(newest.root), key: newest.key } };
}

async function get(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
}

const bytesOf = (text) => new TextEncoder().encode(text);

const decode = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

const encode = (bytes) => btoa(String.fromCharCode(...bytes));

const equal = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

const join = (...parts) => {
  const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

// parse reads a checkpoint: origin, size and root, a line each, an empty line, and signatures.
function parse(note) {
  const end = note.indexOf("\n\n");
  const [origin, size, root] = note.slice(0, end).split("\n");
  if (end < 0 || !/^\d{1,15}$/.test(size || "") || !root) return null;
  return { origin, size: Number(size), root: decode(root), text: note.slice(0, end + 1), signatures: note.slice(end + 2) };
}

// signed verifies the installation's signature by a verifier key, "name+hash+base64". A browser that knows no Ed25519, or
// a page without HTTPS, cannot: the tree is checked all the same.
async function signed(note, checkpoint, key) {
  const [name, , encoded] = /^([^+\s]+)\+[0-9a-f]{8}\+([\w+/=]+)/.exec(key.trim()) ? split(key.trim()) : [];
  if (!name) return false;
  checkpoint.key = key.trim();
  const line = checkpoint.signatures.split("\n").find((text) => text.startsWith(`— ${name} `));
  if (!line) return false;
  let verifier;
  try {
    verifier = await crypto.subtle.importKey("raw", decode(encoded).slice(1), "Ed25519", false, ["verify"]);
  } catch {
    return true;
  }
  const signature = decode(line.slice(line.lastIndexOf(" ") + 1)).slice(4); // behind the key's hash
  return crypto.subtle.verify("Ed25519", verifier, signature, bytesOf(checkpoint.text));
}

const split = (key) => {
  const [name, hash] = key.split("+", 2);
  return [name, hash, key.slice(name.length + hash.length + 2)];
};

export const leafHash = (leaf) => sha256(join([0], bytesOf(leaf)));

const nodeHash = (left, right) => sha256(join([1], left, right));

const half = (n) => Math.floor(n / 2); // sizes may exceed what shifts take

const odd = (n) => n % 2 === 1;

// includes is RFC 9162 §2.1.3.2.
export function includes(index, size, root, hash, path) {
  if (index >= size) return false;
  let [fn, sn] = [index, size - 1];
  for (const p of path) {
    if (sn === 0) return false;
    if (odd(fn) || fn === sn) {
      hash = nodeHash(p, hash);
      while (!odd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      hash = nodeHash(hash, p);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equal(hash, root);
}

// goesOn is RFC 9162 §2.1.4.2: whether the tree of size second begins with the one of size first.
export function goesOn(first, firstRoot, second, secondRoot, path) {
  if (first > second) return false;
  if (first === second) return equal(firstRoot, secondRoot) && path.length === 0;
  if (first === 0) return true;
  let rest = [...path];
  if (Number.isInteger(Math.log2(first))) rest = [firstRoot, ...rest];
  if (rest.length === 0) return false;
  let [fn, sn] = [first - 1, second - 1];
  while (odd(fn)) [fn, sn] = [half(fn), half(sn)];
  let [fr, sr] = [rest[0], rest[0]];
  for (const c of rest.slice(1)) {
    if (sn === 0) return false;
    if (odd(fn) || fn === sn) {
      fr = nodeHash(c, fr);
      sr = nodeHash(c, sr);
      while (!odd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      sr = nodeHash(sr, c);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equal(fr, firstRoot) && equal(sr, secondRoot);
}

const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, 227, 229, 233, 239, 241, 251, 257, 263, 269,
  271, 277, 281, 283, 293, 307, 311];

// sha256 is FIPS 180-4's, because browsers lend theirs to pages over HTTPS alone. Its constants are fractions of roots of
// primes.
export function sha256(message) {
  const fraction = (x) => (x - Math.floor(x)) * 2 ** 32 | 0;
  const k = PRIMES.map((p) => fraction(Math.cbrt(p)));
  const h = PRIMES.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
  const turn = (x, n) => x >>> n | x << 32 - n;
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, message.length * 8); // a leaf is far below 512 MB
  const w = new Int32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const [a, b] = [w[i - 15], w[i - 2]];
      w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >>> 3) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ b >>> 10);
    }
    const s = [...h];
    for (let i = 0; i < 64; i++) {
      const [a, b, c, , e, f, g, last] = s;
      const one = last + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + k[i] + w[i] | 0;
      const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c) | 0;
      s.pop();
      s.unshift(one + two | 0);
      s[4] = s[4] + one | 0;
    }
    for (let i = 0; i < 8; i++) h[i] = h[i] + s[i] | 0;
  }
  const digest = new DataView(new ArrayBuffer(32));
  h.forEach((word, i) => digest.setInt32(4 * i, word));
  return new Uint8Array(digest.buffer);
}

const MOST = 300; // receipts kept: a vote a day for most of a year

// Receipts are what this browser keeps of the votes of one fan in one challenge, and of the log that they stand in. keep
// has load(name) and save(name, text), base is the server's address.
export class Receipts {
  constructor(keep, base, slug) {
    Object.assign(this, { keep, base, name: `fanfare receipts ${base} ${slug}` });
    let kept;
    try {
      kept = JSON.parse(keep.load(this.name));
    } catch {
      // nothing is kept yet
    }
    Object.assign(this, { list: [], seen: null, ...kept });
  }

  save() {
    this.list = this.list.slice(-MOST);
    this.keep.save(this.name, JSON.stringify({ list: this.list, seen: this.seen }));
  }

  // add keeps what came with a vote.
  add({ log, leaf, index }) {
    const known = this.list.find((receipt) => receipt.leaf === leaf);
    if (!known) this.list.push({ log, leaf, index });
    else if (index >= 0) known.index = index;
  }

  // prove checks every vote known here or told by the server, which a bearer lets it tell. It returns how many are broken,
  // and how many of those not taken back stand in the log or wait for its next checkpoint.
  async prove(bearer) {
    const response = await fetch(`${this.base}/api/v1/me/receipts`, { headers: { Authorization: `Bearer ${bearer}` } });
    if (!response.ok) throw new Error(`receipts: ${response.status}`);
    const { receipts } = await response.json();
    const cast = new Set(receipts.map(({ leaf }) => leaf));
    for (const receipt of receipts.reverse()) this.add(receipt);
    this.save();
    const counts = { stands: 0, waits: 0, broken: 0 };
    const { log } = receipts[0] || this.list[0] || {};
    const list = this.list.filter((receipt) => receipt.log === log);
    for (let at = 0; at < list.length; at += ATONCE) {
      const some = list.slice(at, at + ATONCE);
      const { states, seen } = await check(`${this.base}/log/${log}`, some, this.seen);
      this.seen = seen;
      states.forEach((state, i) => {
        if (state === BROKEN || cast.has(some[i].leaf)) counts[state]++;
      });
    }
    this.save();
    return counts;
  }
}

const ATONCE = 32; // leaves that the server proves in one answer
