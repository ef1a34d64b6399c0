/**
 * Writes the metadata of a message as a flatbuffer, front to back: a table first, then what it refers
 * to. It knows no schema: what the fields of a table mean is its caller's business.
 */

/** A field of a table, in its declared order; undefined is absent. */
export type FlatField =
  | undefined
  | string
  | { readonly width: 1 | 2 | 4 | 8; readonly number: number }
  | { readonly table: readonly FlatField[] }
  | { readonly tables: readonly (readonly FlatField[])[] }
  | { readonly structs: readonly FlatStruct[] };
/** Whole numbers of 64 bits, one behind the other: as many in every struct of a list. */
export type FlatStruct = readonly number[];

export const byte = (number: number): FlatField => ({ width: 1, number });
export const short = (number: number): FlatField => ({ width: 2, number });
export const int = (number: number): FlatField => ({ width: 4, number });
export const long = (number: number): FlatField => ({ width: 8, number });

/** The flatbuffer of a root table, after `prefixBytes` zeros, padded to whole words of 8 bytes. */
export const writeFlatbuffer = (root: readonly FlatField[], prefixBytes: 8): Buffer =>
  new Writer(prefixBytes).finish(root);

class Writer {
  #bytes = Buffer.alloc(512);
  #at: number;

  constructor(start: number) {
    this.#at = start;
  }

  finish(root: readonly FlatField[]): Buffer {
    this.#refer(this.#take(4, 4), this.#table(root));
    this.#take(0, 8);
    return this.#bytes.subarray(0, this.#at);
  }

  /** Room of this size at the next multiple of `step`, counted from `shift` bytes into it. */
  #take(size: number, step: number, shift = 0): number {
    const place = Math.ceil((this.#at + shift) / step) * step - shift;
    this.#at = place + size;
    if (this.#at > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#at)]);
    }
    return place;
  }

  #table(fields: readonly FlatField[]): number {
    const offsets: number[] = [];
    let size = 4;
    for (const field of fields) {
      const width = widthOf(field);
      if (width > 0) size = Math.ceil(size / width) * width;
      offsets.push(width === 0 ? 0 : size);
      size += width;
    }
    const listBytes = 4 + 2 * fields.length;
    const list = this.#take(listBytes + size, 8, listBytes);
    const table = list + listBytes;
    this.#bytes.writeUInt16LE(listBytes, list);
    this.#bytes.writeUInt16LE(size, list + 2);
    this.#bytes.writeInt32LE(listBytes, table);
    fields.forEach((field, index) => {
      const offset = offsets[index] ?? 0;
      this.#bytes.writeUInt16LE(offset, list + 4 + 2 * index);
      if (field !== undefined) this.#field(field, table + offset);
    });
    return table;
  }

  #field(field: Exclude<FlatField, undefined>, place: number): void {
    if (typeof field !== "string" && "width" in field) this.#number(field, place);
    else this.#refer(place, this.#target(field));
  }

  #number({ width, number }: { width: number; number: number }, place: number): void {
    if (width < 8) this.#bytes.writeIntLE(number, place, width);
    else this.#long(number, place);
  }

  #long(number: number, place: number): void {
    this.#bytes.writeUInt32LE(number % 2 ** 32, place);
    this.#bytes.writeUInt32LE(Math.floor(number / 2 ** 32), place + 4);
  }

  #refer(place: number, target: number): void {
    this.#bytes.writeUInt32LE(target - place, place);
  }

  #target(field: Exclude<FlatField, undefined | { readonly width: number }>): number {
    if (typeof field === "string") return this.#text(field);
    if ("table" in field) return this.#table(field.table);
    if ("tables" in field) return this.#tables(field.tables);
    return this.#structs(field.structs);
  }

  #text(text: string): number {
    const size = Buffer.byteLength(text);
    // The zero byte after it is counted nowhere, but readers in C rely on it.
    const place = this.#take(4 + size + 1, 4);
    this.#bytes.writeUInt32LE(size, place);
    this.#bytes.write(text, place + 4);
    return place;
  }

  #tables(tables: readonly (readonly FlatField[])[]): number {
    const list = this.#take(4 + 4 * tables.length, 4);
    this.#bytes.writeUInt32LE(tables.length, list);
    tables.forEach((fields, index) => {
      this.#refer(list + 4 + 4 * index, this.#table(fields));
    });
    return list;
  }

  #structs(structs: readonly FlatStruct[]): number {
    const size = 8 * (structs[0]?.length ?? 0);
    const list = this.#take(4 + size * structs.length, 8, 4);
    this.#bytes.writeUInt32LE(structs.length, list);
    structs.forEach((numbers, index) => {
      numbers.forEach((number, place) => {
        this.#long(number, list + 4 + size * index + 8 * place);
      });
    });
    return list;
  }
}

/** Bytes of a field in its table; those of a reference are 4. */
function widthOf(field: FlatField): number {
  if (field === undefined) return 0;
  return typeof field !== "string" && "width" in field ? field.width : 4;
}
