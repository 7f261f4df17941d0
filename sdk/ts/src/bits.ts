/** Bit strings, least significant bit first: what is encrypted, and what a circuit computes on. */
import { byteLength, checkedBytes, refusePast } from "./bytes.js";
import { ArxError } from "./errors.js";

/** A bit string of known length, packed eight to a byte; the unused bits of the last byte are zero. */
export class Bits {
  readonly bytes: Uint8Array;
  readonly length: number;

  /** Takes packed bits; refuses another number of bytes, or set bits past `length`. */
  constructor(bytes: Uint8Array, length: number) {
    if (!Number.isSafeInteger(length) || length < 0) throw new ArxError("InvalidValue", "a bit length is not negative");
    checkedBytes(bytes, byteLength(length), `${length} bits`);
    refusePast(bytes, length, "InvalidValue", `${length} bits`);
    this.bytes = Uint8Array.from(bytes);
    this.length = length;
  }
}

/** Appends bits. */
export class BitWriter {
  readonly #bytes: number[] = [];
  #length = 0;

  /** The `count` lowest bits of `value`, which has no others. */
  uint(value: bigint, count: number): this {
    for (let index = 0; index < count; index++) {
      const offset = this.#length % 8;
      if (offset === 0) this.#bytes.push(0);
      this.#bytes[this.#bytes.length - 1]! |= Number((value >> BigInt(index)) & 1n) << offset;
      this.#length += 1;
    }
    return this;
  }

  /** Everything written so far. */
  finish(): Bits {
    return new Bits(Uint8Array.from(this.#bytes), this.#length);
  }
}

/** Reads bits in order. */
export class BitReader {
  readonly #bits: Bits;
  #offset = 0;

  constructor(bits: Bits) {
    this.#bits = bits;
  }

  /** The next `count` bits as an unsigned integer. */
  uint(count: number): bigint {
    if (this.#offset + count > this.#bits.length) {
      throw new ArxError("InvalidValue", `${this.#bits.length} bits are too few for the type`);
    }
    let value = 0n;
    for (let index = 0; index < count; index++) {
      const position = this.#offset + index;
      const bit = (this.#bits.bytes[position >> 3]! >> (position & 7)) & 1;
      value |= BigInt(bit) << BigInt(index);
    }
    this.#offset += count;
    return value;
  }

  /** Refuses bits that nobody read. */
  end(): void {
    if (this.#offset !== this.#bits.length) {
      throw new ArxError("InvalidValue", `${this.#bits.length} bits where the type has ${this.#offset}`);
    }
  }
}
