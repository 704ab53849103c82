// The widget's own check of receipts, against trees that this file computes by RFC 9162's definitions alone.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";

import { goesOn, includes, leafHash, sha256 } from "../../../widget/bundle/src/receipts.js";

const MOST = 40; // leaves of the largest tree: every shape up to 32 and some beyond

const hash = (...parts) => new Uint8Array(createHash("sha256").update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest());
const leaves = Array.from({ length: MOST }, (_, i) => leafHash(`leaf ${i}`));

// left is the size of a tree's left part: the largest power of two below n.
const left = (n) => 2 ** (Math.ceil(Math.log2(n)) - 1);
const halves = (list) => [list.slice(0, left(list.length)), list.slice(left(list.length))];

// root is §2.1.1, path §2.1.3.1, proof §2.1.4.1.
function root(list) {
  if (list.length === 1) return list[0];
  const [l, r] = halves(list);
  return hash([1], root(l), root(r));
}

function path(m, list) {
  if (list.length === 1) return [];
  const [l, r] = halves(list);
  return m < l.length ? [...path(m, l), root(r)] : [...path(m - l.length, r), root(l)];
}

function proof(m, list, whole = true) {
  if (m === list.length) return whole ? [] : [root(list)];
  const [l, r] = halves(list);
  return m <= l.length ? [...proof(m, l, whole), root(r)] : [...proof(m - l.length, r, false), root(l)];
}

// flipped changes one bit.
function flipped(bytes) {
  const changed = bytes.slice();
  changed[7] ^= 1;
  return changed;
}

test("SHA-256 is that of node at every length of three blocks", () => {
  for (let n = 0; n < 192; n++) {
    const message = randomBytes(n);
    assert.deepEqual(Buffer.from(sha256(message)), createHash("sha256").update(message).digest(), `${n} bytes`);
  }
});

test("a leaf's hash is RFC 9162's", () => {
  assert.deepEqual(leafHash("vote"), hash([0], "vote"));
});

test("every leaf is found in every tree, and no other in its place", () => {
  for (let n = 1; n <= MOST; n++) {
    const list = leaves.slice(0, n);
    const top = root(list);
    for (let i = 0; i < n; i++) {
      const way = path(i, list);
      assert.ok(includes(i, n, top, list[i], way), `leaf ${i} of ${n}`);
      assert.ok(!includes(i, n, top, flipped(list[i]), way), `another leaf in the place ${i} of ${n}`);
      assert.ok(!includes(i, n, flipped(top), list[i], way), `leaf ${i} under another root`);
      if (n > 1) assert.ok(!includes((i + 1) % n, n, top, list[i], way), `leaf ${i} of ${n} in the next place`);
      way.forEach((_, at) => assert.ok(!includes(i, n, top, list[i], way.map((h, j) => j === at ? flipped(h) : h)), `a changed hash ${at}`));
    }
    assert.ok(!includes(n, n, top, list[n - 1], path(n - 1, list)), "a place behind the tree");
  }
});

test("a tree goes on from each of its beginnings, and from nothing else", () => {
  for (let n = 1; n <= MOST; n++) {
    const now = root(leaves.slice(0, n));
    for (let m = 1; m <= n; m++) {
      const before = root(leaves.slice(0, m));
      const way = proof(m, leaves.slice(0, n));
      assert.ok(goesOn(m, before, n, now, way), `from ${m} to ${n}`);
      assert.ok(!goesOn(m, flipped(before), n, now, way), `from another root of ${m} to ${n}`);
      assert.ok(!goesOn(m, before, n, flipped(now), way), `from ${m} to another root of ${n}`);
      assert.ok(!goesOn(n + 1, before, n, now, way), "from a larger tree");
    }
  }
});
