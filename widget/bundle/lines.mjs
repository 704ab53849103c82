// Takes the tables of files and lines out of a Go program in WebAssembly: the compiler keeps, for each instruction, the line
// that it came from, and nothing but the printing of a stack ever reads them. A phone downloads 34 KB less. A stack still names
// its functions; where it said a file and a line, it says "?".
//
// The tables are those of runtime/symtab.go and runtime/runtime2.go: pcHeader, the functions' index, and a _func for each.
// Bytes become zeros in their places, so that no address changes. Tables in another form than Go 1.26's end the build.

const MAGIC = 0xfffffff1; // abi.CurrentPCLnTabMagic
const DATA = 11; // the section of data segments

// Where a pcHeader has its numbers, after eight bytes of magic, quantum and pointer size. Each has eight bytes, four of them zero.
const HEADER = { functions: 8, units: 40, files: 48, tables: 56, index: 64 };

// Where a _func has what leads to lines, and to the tables that stay. Each has four bytes but the last, the count of funcdata.
const FUNC = { stack: 16, file: 20, line: 24, tables: 28, unit: 32, start: 36, size: 44 };

// withoutLines returns a copy of the program that does not know its lines.
export function withoutLines(wasm) {
  const program = new Program(Buffer.from(wasm));
  const base = program.header();
  const at = Object.fromEntries(Object.entries(HEADER).map(([name, offset]) => [name, program.word(base + offset)]));
  const index = base + at.index, tables = base + at.tables;
  const kept = new Set([0]), dropped = new Set(); // offsets of tables; equal ones are shared
  for (let i = 0; i < at.functions; i++) {
    const func = index + program.word(index + 8 * i + 4);
    kept.add(program.word(func + FUNC.stack));
    for (let n = program.word(func + FUNC.tables); n > 0; n--) kept.add(program.word(func + FUNC.size + 4 * (n - 1)));
    for (const field of [FUNC.file, FUNC.line]) dropped.add(program.word(func + field));
    for (const field of [FUNC.file, FUNC.line, FUNC.unit, FUNC.start]) program.clear(func + field, func + field + 4);
  }
  for (const table of dropped) if (!kept.has(table)) program.clear(tables + table, program.end(tables + table));
  program.clear(base + at.units, tables); // the names of files
  return program.bytes;
}

// Program is memory as it is when the program starts, over the segments that fill it.
class Program {
  constructor(bytes) {
    this.bytes = bytes;
    this.segments = [];
    let at = 8;
    const number = () => { // signed LEB128 of what is never negative here
      let value = 0;
      for (let shift = 1; ; shift *= 128) {
        value += (bytes[at] & 127) * shift;
        if (bytes[at++] < 128) return value;
      }
    };
    while (at < bytes.length) {
      const section = bytes[at++];
      const end = number() + at;
      if (section === DATA) {
        for (let n = number(); n > 0; n--) {
          at += 2; // of memory 0, i32.const
          const address = number();
          at++; // end
          const length = number();
          this.segments.push({ address, at, length });
          at += length;
        }
      }
      at = end;
    }
    this.segments.sort((a, b) => a.address - b.address);
  }

  // place is where a byte of memory stands in the file; -1 for one that is zero without being told.
  place(address) {
    let lo = 0, hi = this.segments.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (this.segments[mid].address <= address) lo = mid + 1;
      else hi = mid;
    }
    const segment = this.segments[lo - 1];
    return segment && address < segment.address + segment.length ? segment.at + address - segment.address : -1;
  }

  byte(address) {
    const at = this.place(address);
    return at < 0 ? 0 : this.bytes[at];
  }

  word(address) {
    return (this.byte(address) | this.byte(address + 1) << 8 | this.byte(address + 2) << 16 | this.byte(address + 3) << 24) >>> 0;
  }

  clear(from, to) {
    for (; from < to; from++) {
      const at = this.place(from);
      if (at >= 0) this.bytes[at] = 0;
    }
  }

  // header finds the one pcHeader: its magic begins a segment's run, and the quantum of 1 and pointers of 8 bytes follow.
  header() {
    const found = [];
    for (const { address, length } of this.segments) {
      for (let at = Math.ceil(address / 4) * 4; at < address + length; at += 4) {
        if (this.word(at) === MAGIC && this.word(at + 4) === 0x08010000) found.push(at);
      }
    }
    if (found.length !== 1) throw new Error(`lines: ${found.length} tables of functions, want 1: has the toolchain changed them?`);
    return found[0];
  }

  // end is behind a table: pairs of varints, up to a first one of zero that is not the table's very first.
  end(table) {
    const skip = () => {
      while (this.byte(table++) >= 128);
    };
    for (let first = true; first || this.byte(table) !== 0; first = false) {
      skip();
      skip();
    }
    return table + 1;
  }
}
