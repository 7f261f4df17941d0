/**
 * GF(2^128) with modulus X^128 + X^7 + X^2 + X + 1, bit k of a 16-byte string standing for X^k, and the polynomial hash
 * U_h over it. Four 32-bit limbs and masks instead of branches: no step depends on a secret.
 */
import { ArxError } from "./errors.js";

/** An element, lowest limb first. */
type Element = [number, number, number, number];

function fromBytes(bytes: Uint8Array, offset: number): Element {
  const limb = (index: number): number => {
    const at = offset + 4 * index;
    // Reading past the end gives the zeros that pad the last block.
    return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
  };
  return [limb(0), limb(1), limb(2), limb(3)];
}

function toBytes(element: Element): Uint8Array {
  const bytes = new Uint8Array(16);
  for (let index = 0; index < 16; index++) bytes[index] = element[index >> 2]! >>> (8 * (index & 3));
  return bytes;
}

/** a * b, by shift and add. */
function multiply(a: Element, b: Element): Element {
  let [v0, v1, v2, v3] = a;
  let z0 = 0, z1 = 0, z2 = 0, z3 = 0;
  for (let bit = 0; bit < 128; bit++) {
    const take = -((b[bit >> 5]! >>> (bit & 31)) & 1);
    z0 ^= v0 & take;
    z1 ^= v1 & take;
    z2 ^= v2 & take;
    z3 ^= v3 & take;
    // v *= X; what falls out at X^128 comes back as X^7 + X^2 + X + 1.
    const reduce = (v3 >> 31) & 0x87;
    v3 = (v3 << 1) | (v2 >>> 31);
    v2 = (v2 << 1) | (v1 >>> 31);
    v1 = (v1 << 1) | (v0 >>> 31);
    v0 = (v0 << 1) ^ reduce;
  }
  return [z0, z1, z2, z3];
}

/** The product of two elements, 16 bytes each. */
export function multiplyElements(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length !== 16 || b.length !== 16) throw new ArxError("InvalidValue", "an element of GF(2^128) has 16 bytes");
  return toBytes(multiply(fromBytes(a, 0), fromBytes(b, 0)));
}

/**
 * U_h(p) for the `length` bits in `packed` (bits past `length` zero): per 16-byte block `acc = (acc + block) * h`, then
 * `(acc + length) * h`.
 */
export function polynomialHash(h: Uint8Array, packed: Uint8Array, length: number): Uint8Array {
  if (h.length !== 16) throw new ArxError("InvalidValue", "a hash key has 16 bytes");
  const key = fromBytes(h, 0);
  const add = (left: Element, right: Element): Element => [
    left[0] ^ right[0], left[1] ^ right[1], left[2] ^ right[2], left[3] ^ right[3],
  ];
  let accumulator: Element = [0, 0, 0, 0];
  for (let offset = 0; offset < packed.length; offset += 16) {
    accumulator = multiply(add(accumulator, fromBytes(packed, offset)), key);
  }
  return toBytes(multiply(add(accumulator, [length, 0, 0, 0]), key));
}
