/**
 * The nodes' side of inputs and outputs, written a second time: on Node's own hashes and ciphers and on BigInt field
 * arithmetic, so that a mistake in the library is not repeated here.
 */
import { createCipheriv, createHash } from "node:crypto";
import { type Base, baseDigest } from "../src/base.js";
import { PublicKey, SecretKey } from "../src/keys.js";

/** A reproducible generator (xorshift, for test data only). */
export class TestRandom {
  #state: bigint;

  constructor(seed: number) {
    this.#state = BigInt(seed) * 0x9e3779b97f4a7c15n + 1n;
  }

  next(): bigint {
    let x = this.#state;
    x ^= (x << 13n) & 0xffffffffffffffffn;
    x ^= x >> 7n;
    x ^= (x << 17n) & 0xffffffffffffffffn;
    this.#state = x;
    return (x * 0x2545f4914f6cdd1dn) & 0xffffffffffffffffn;
  }

  below(limit: number): number {
    return Number((this.next() >> 8n) % BigInt(limit));
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  secretKey(): SecretKey {
    return SecretKey.fromWideBytes(this.bytes(64));
  }
}

/** A BASE of random fields for the nodes with these keys. */
export function randomBase(random: TestRandom, nodes: readonly SecretKey[]): Base {
  const address = (): Uint8Array => random.bytes(32);
  return {
    genesis: address(),
    program: address(),
    cluster: address(),
    epoch: random.next(),
    protocol: 1,
    members: nodes.map((node) => ({ identity: address(), encryptionKey: node.publicKey })),
    mxe: address(),
    circuit: address(),
    interface: address(),
    instance: address(),
    authority: address(),
    counter: random.next(),
    notAfter: random.next(),
  };
}

export const hash = (...parts: (Uint8Array | string)[]): Buffer => {
  const digest = createHash("sha256");
  for (const part of parts) {
    // A string is a label.
    if (typeof part === "string") digest.update(Buffer.from([part.length])).update(part, "ascii");
    else digest.update(part);
  }
  return digest.digest();
};

export const littleEndian = (value: bigint | number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index++) bytes[index] = Number((BigInt(value) >> BigInt(8 * index)) & 255n);
  return bytes;
};

export const toInteger = (bytes: Uint8Array): bigint =>
  bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);

const xor = (left: Uint8Array, right: Uint8Array): Buffer => Buffer.from(left.map((byte, index) => byte ^ right[index]!));

/** a * b in GF(2^128) by the schoolbook. */
export function fieldProduct(a: bigint, b: bigint): bigint {
  let product = 0n;
  for (let bit = 0n; bit < 128n; bit++) if ((b >> bit) & 1n) product ^= a << bit;
  for (let bit = 254n; bit >= 128n; bit--) if ((product >> bit) & 1n) product ^= ((1n << 128n) | 0x87n) << (bit - 128n);
  return product;
}

/** U_h as the polynomial it is: sum of block_j h^(blocks - j + 1), and length times h. */
export function referenceHash(h: Uint8Array, packed: Uint8Array, length: number): Buffer {
  const key = toInteger(h);
  const blocks: bigint[] = [];
  for (let offset = 0; offset < packed.length; offset += 16) blocks.push(toInteger(packed.subarray(offset, offset + 16)));
  blocks.push(BigInt(length));
  let power = key;
  let sum = 0n;
  for (const block of blocks.reverse()) {
    sum ^= fieldProduct(block, power);
    power = fieldProduct(power, key);
  }
  return littleEndian(sum, 16);
}

function stream(seed: Uint8Array, bits: number): { mask: Buffer; pad: Buffer } {
  const bytes = createCipheriv("chacha20", seed, Buffer.alloc(16)).update(Buffer.alloc(16 + Math.ceil(bits / 8)));
  const pad = Buffer.from(bytes.subarray(16));
  if (bits % 8 !== 0) pad[pad.length - 1]! &= (1 << bits % 8) - 1;
  return { mask: Buffer.from(bytes.subarray(0, 16)), pad };
}

/** What the nodes together find in INPUT bytes: the value, or which node's check failed. */
export function openInput(
  bytes: Uint8Array,
  base: Base,
  recipients: readonly Uint8Array[],
  nodes: readonly SecretKey[],
): { value: Buffer } | { failed: "tag" | "binding"; node: number } {
  const input = Buffer.from(bytes);
  const n = input[1]!;
  const k = input.readUInt32LE(4);
  const e1 = input.subarray(24, 56);
  const e2 = input.subarray(56, 88);
  const c = input.subarray(88 + 32 * n);
  const context = hash(
    "arx/v1/in", baseDigest(base), input.subarray(2, 4), input.subarray(4, 8),
    Buffer.from([recipients.length]), ...recipients, e1, e2,
  );
  const agree = (node: SecretKey, point: Uint8Array): Uint8Array => node.sharedWith(PublicKey.fromBytes(point));
  const padSeeds = nodes.map((node, i) => hash("arx/v1/in/pad", context, Buffer.from([i]), agree(node, e1)));
  const pads = padSeeds.map((seed) => stream(seed, k).pad);
  const seeds = nodes.map((node, i) => hash("arx/v1/in/seed", context, Buffer.from([i]), agree(node, e2)));
  const joint = seeds.reduce<Buffer>(xor, Buffer.alloc(32));
  const h = hash("arx/v1/in/h", context, joint, hash(c)).subarray(0, 16);
  for (let i = 0; i < n; i++) {
    const tag = input.subarray(88 + 32 * i, 104 + 32 * i);
    const binding = input.subarray(104 + 32 * i, 120 + 32 * i);
    const expectedBinding = hash("arx/v1/in/bind", context, Buffer.from([i]), seeds[i]!).subarray(0, 16);
    if (!binding.equals(expectedBinding)) return { failed: "binding", node: i };
    const w = hash("arx/v1/in/w", context, Buffer.from([i]), joint, hash(c)).subarray(0, 16);
    const mask = hash("arx/v1/in/mask", padSeeds[i]!, hash(c)).subarray(0, 16);
    const expected = xor(xor(referenceHash(h, pads[i]!, k), mask), w);
    if (!tag.equals(expected)) return { failed: "tag", node: i };
  }
  return { value: pads.reduce<Buffer>(xor, Buffer.from(c)) };
}

/** OUTPUT bytes that the nodes make for `recipient`. */
export function makeOutput(
  base: Base,
  nodes: readonly SecretKey[],
  place: { computation: Uint8Array; session: Uint8Array; index: number },
  recipient: Uint8Array,
  value: Uint8Array,
  bits: number,
  random: TestRandom,
): Uint8Array {
  const startCoin = random.bytes(32);
  const openDigest = random.bytes(32);
  const openCoin = random.bytes(32);
  const context = hash(
    "arx/v1/out", baseDigest(base), place.computation, place.session, startCoin,
    littleEndian(place.index, 2), littleEndian(bits, 4), recipient,
  );
  const pads = nodes.map((node, i) =>
    stream(hash("arx/v1/out/pad", context, Buffer.from([i]), node.sharedWith(PublicKey.fromBytes(recipient))), bits),
  );
  const c = pads.reduce<Buffer>((sum, { pad }) => xor(sum, pad), Buffer.from(value));
  const h = hash("arx/v1/out/h", context, openDigest, openCoin, hash(c)).subarray(0, 16);
  const tags = pads.map(({ mask, pad }) => xor(referenceHash(h, pad, bits), mask));
  return Uint8Array.from(
    Buffer.concat([
      Buffer.from([1, nodes.length]), littleEndian(place.index, 2), littleEndian(bits, 4),
      littleEndian(base.epoch, 8), place.session, startCoin, openDigest, openCoin, recipient, ...tags, c,
    ]),
  );
}
