// Texts and edits as bytes: a four-byte length, least significant byte first, before each text.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const INSERT = 9; // of markup.Op: the one edit that names two more nodes and no texts

// pack puts texts, or bytes in their place, behind each other.
export function pack(texts) {
  const pieces = texts.map((t) => typeof t === "string" ? encoder.encode(t) : t);
  const packed = new Uint8Array(pieces.reduce((sum, p) => sum + 4 + p.length, 0));
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const p of pieces) {
    view.setUint32(at, p.length, true);
    packed.set(p, at + 4);
    at += 4 + p.length;
  }
  return packed;
}

// unpack takes texts out of their packing.
export function unpack(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = view.getUint32(at, true);
    texts.push(decoder.decode(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return texts;
}

// edits takes the edits of a drawing out of their packing.
export function edits(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const list = [];
  let at = 0;
  const number = () => (at += 4, view.getUint32(at - 4, true));
  const text = () => {
    const length = number();
    at += length;
    return length ? decoder.decode(bytes.subarray(at - length, at)) : "";
  };
  while (at < bytes.length) {
    const op = bytes[at++];
    const id = number();
    list.push(op === INSERT ? { op, id, parent: number(), before: number() } : { op, id, name: text(), value: text() });
  }
  return list;
}
