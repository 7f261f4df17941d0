/**
 * Building and taking apart byte strings as `wire.md` writes them: integers little-endian, labels as
 * `u8 length || ASCII`, and bit k of a string being bit k%8 of byte k/8.
 */
import { ArxError, type ErrorCode } from "./errors.js";

/** Appends fields in order. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = [];

  /** `u8 length || ASCII`, what every hash input begins with. */
  label(text: string): this {
    if (text.length > 255 || !/^[\x20-\x7e]*$/.test(text)) {
      throw new ArxError("InvalidValue", "a label is at most 255 printable ASCII characters");
    }
    this.uint(text.length, 1);
    return this.raw(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  }

  /** An unsigned integer of `length` bytes. */
  uint(value: bigint | number, length: 1 | 2 | 4 | 8): this {
    this.#parts.push(encodeUint(BigInt(value), length));
    return this;
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): this {
    this.#parts.push(Uint8Array.from(bytes));
    return this;
  }

  /** Bytes whose length the format fixes. */
  fixed(bytes: Uint8Array, length: number, what: string): this {
    return this.raw(checkedBytes(bytes, length, what));
  }

  /** Everything written so far, as one array. */
  finish(): Uint8Array {
    const all = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let offset = 0;
    for (const part of this.#parts) {
      all.set(part, offset);
      offset += part.length;
    }
    return all;
  }
}

/** Reads fields in order; reading past the end, or not to the end, is `Malformed`. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #offset = 0;

  constructor(bytes: Uint8Array, what: string) {
    if (!(bytes instanceof Uint8Array)) throw new ArxError("InvalidValue", `${what}: expected a Uint8Array`);
    this.#bytes = bytes;
    this.#what = what;
  }

  /** The next `length` bytes, copied. */
  raw(length: number): Uint8Array {
    const end = this.#offset + length;
    if (end > this.#bytes.length) {
      throw new ArxError("Malformed", `${this.#what}: ends after ${this.#bytes.length} bytes, ${end} are needed`);
    }
    const part = this.#bytes.slice(this.#offset, end);
    this.#offset = end;
    return part;
  }

  /** An unsigned integer of at most 4 bytes. */
  uint(length: 1 | 2 | 4): number {
    return Number(decodeUint(this.raw(length)));
  }

  /** An unsigned 64-bit integer. */
  uint64(): bigint {
    return decodeUint(this.raw(8));
  }

  /** How many bytes are left. */
  remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** Refuses bytes that nobody read. */
  end(): void {
    if (this.remaining() !== 0) throw new ArxError("Malformed", `${this.#what}: ${this.remaining()} bytes too many`);
  }
}

/** `value` little-endian in exactly `length` bytes. */
export function encodeUint(value: bigint, length: number): Uint8Array {
  if (value < 0n || value >> BigInt(8 * length) !== 0n) {
    throw new ArxError("InvalidValue", `an integer does not fit ${length} unsigned bytes`);
  }
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = Number((value >> BigInt(8 * index)) & 0xffn);
  return bytes;
}

/** The little-endian integer in `bytes`. */
export function decodeUint(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index]!);
  return value;
}

/** `bytes`, if it is a `Uint8Array` of exactly `length` bytes. */
export function checkedBytes(bytes: Uint8Array, length: number, what: string): Uint8Array {
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) {
    throw new ArxError("InvalidValue", `${what}: expected ${length} bytes`);
  }
  return bytes;
}

/** Whether two strings of public length are equal, in time that does not depend on where they differ. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index++) difference |= left[index]! ^ right[index]!;
  return difference === 0;
}

/** `target ^= source`; both have the same length. */
export function xorInto(target: Uint8Array, source: Uint8Array): void {
  for (let index = 0; index < target.length; index++) target[index]! ^= source[index]!;
}

/** How many bytes hold `bits` bits. */
export function byteLength(bits: number): number {
  return Math.ceil(bits / 8);
}

/** Clears the bits from `bits` on in the last byte of a string of `byteLength(bits)` bytes. */
export function clearPast(bytes: Uint8Array, bits: number): void {
  if (bits % 8 !== 0) bytes[bytes.length - 1]! &= (1 << bits % 8) - 1;
}

/** Throws `code` when a bit from `bits` on is set: two strings must never stand for one value. */
export function refusePast(bytes: Uint8Array, bits: number, code: ErrorCode, what: string): void {
  if (bits % 8 !== 0 && bytes[bytes.length - 1]! >> bits % 8 !== 0) {
    throw new ArxError(code, `${what}: bits past bit ${bits} are set`);
  }
}
