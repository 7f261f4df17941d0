import assert from "node:assert/strict";
import { test } from "node:test";
import { Bits } from "../src/bits.js";
import { ArxError } from "../src/errors.js";
import {
  type Type, type Value, bitLength, decodePlain, encodePlain, packBits, plainLength, unpackBits,
} from "../src/values.js";
import { TestRandom, toInteger } from "./support.js";

const U8: Type = { kind: "integer", bits: 8, signed: false };
const I64: Type = { kind: "integer", bits: 64, signed: true };
const BID: Type = {
  kind: "struct",
  name: "Bid",
  fields: [
    { name: "open", type: { kind: "bool" } },
    { name: "amount", type: { kind: "integer", bits: 64, signed: false } },
    { name: "bidder", type: { kind: "publicKey" } },
  ],
};

function randomType(random: TestRandom, depth: number): Type {
  const count = (): number => random.below(4);
  switch (random.below(depth === 0 ? 3 : 6)) {
    case 0: return { kind: "bool" };
    case 1: return { kind: "integer", bits: [8, 16, 32, 64, 128][random.below(5)]!, signed: random.below(2) === 1 };
    case 2: return { kind: "publicKey" };
    case 3: return { kind: "array", element: randomType(random, depth - 1), length: count() };
    case 4: return { kind: "tuple", elements: Array.from({ length: count() }, () => randomType(random, depth - 1)) };
    default: {
      const fields = Array.from({ length: count() }, (_, i) => ({ name: `f${i}`, type: randomType(random, depth - 1) }));
      return { kind: "struct", name: "S", fields };
    }
  }
}

function randomValue(random: TestRandom, type: Type): Value {
  switch (type.kind) {
    case "bool": return random.below(2) === 1;
    case "publicKey": return random.bytes(32);
    case "integer": {
      const bits = toInteger(random.bytes(type.bits / 8));
      return type.signed ? BigInt.asIntN(type.bits, bits) : bits;
    }
    case "array": return Array.from({ length: type.length }, () => randomValue(random, type.element));
    case "tuple": return type.elements.map((element) => randomValue(random, element));
    case "struct": return Object.fromEntries(type.fields.map(({ name, type: inner }) => [name, randomValue(random, inner)]));
  }
}

const refuses = (action: () => unknown, code: ArxError["code"]): void => {
  assert.throws(action, (error) => error instanceof ArxError && error.code === code);
};

test("a struct's bits lie one after another, lowest first, without padding", () => {
  const bidder = Uint8Array.from({ length: 32 }, (_, index) => index);
  const bits = packBits([BID], [{ open: true, amount: 0x8000000000000001n, bidder }]);
  assert.equal(bits.length, 1 + 64 + 256);
  let expected = 1n | (0x8000000000000001n << 1n);
  bidder.forEach((byte, index) => (expected |= BigInt(byte) << BigInt(65 + 8 * index)));
  assert.equal(toInteger(bits.bytes), expected);
});

test("negative integers are two's complement", () => {
  assert.deepEqual(packBits([I64], [-2n]).bytes, Uint8Array.of(0xfe, 255, 255, 255, 255, 255, 255, 255));
  assert.deepEqual(encodePlain(I64, -2n), Uint8Array.of(0xfe, 255, 255, 255, 255, 255, 255, 255));
});

test("random values of random types survive both encodings", () => {
  const random = new TestRandom(4);
  for (let round = 0; round < 300; round++) {
    const type = randomType(random, 3);
    const value = randomValue(random, type);
    const bits = packBits([type], [value]);
    assert.equal(bits.length, bitLength(type));
    assert.deepEqual(unpackBits([type], bits), [value]);
    const plain = encodePlain(type, value);
    assert.equal(plain.length, plainLength(type));
    assert.deepEqual(decodePlain(type, plain), value);
  }
});

test("values of another type, range or shape are refused", () => {
  for (const value of [256n, -1n, 1, "1", true, undefined, null] as Value[]) {
    refuses(() => packBits([U8], [value]), "InvalidValue");
  }
  refuses(() => packBits([{ kind: "bool" }], [1n]), "InvalidValue");
  refuses(() => packBits([{ kind: "publicKey" }], [new Uint8Array(31)]), "InvalidValue");
  refuses(() => packBits([{ kind: "array", element: U8, length: 2 }], [[1n]]), "InvalidValue");
  refuses(() => packBits([U8, U8], [1n]), "InvalidValue");
  const bidder = new Uint8Array(32);
  refuses(() => packBits([BID], [{ open: true, amount: 1n }]), "InvalidValue");
  refuses(() => packBits([BID], [{ open: true, amount: 1n, bidder, extra: 1n }]), "InvalidValue");
});

test("messages do not contain the value", () => {
  assert.throws(() => packBits([U8], [987654321n]), (error: Error) => !error.message.includes("987654321"));
});

test("bytes that are no value are refused", () => {
  refuses(() => decodePlain({ kind: "bool" }, Uint8Array.of(2)), "NonCanonicalValue");
  refuses(() => decodePlain(U8, Uint8Array.of(1, 2)), "Malformed");
  refuses(() => decodePlain(I64, Uint8Array.of(1, 2)), "Malformed");
  refuses(() => new Bits(Uint8Array.of(2), 1), "InvalidValue");
  refuses(() => new Bits(Uint8Array.of(2, 0), 8), "InvalidValue");
  refuses(() => unpackBits([U8], new Bits(Uint8Array.of(1, 1), 9)), "InvalidValue");
  refuses(() => unpackBits([U8], new Bits(Uint8Array.of(1), 7)), "InvalidValue");
});
