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
  switch (random.below(depth === 0 ? 4 : 9)) {
    case 0: return { kind: "bool" };
    case 1: return { kind: "integer", bits: [8, 16, 32, 64, 128][random.below(5)]!, signed: random.below(2) === 1 };
    case 2: return { kind: "publicKey" };
    case 3: return { kind: "fixed", bits: [32, 64][random.below(2)]! };
    case 4: return { kind: "array", element: randomType(random, depth - 1), length: count() };
    case 5: return { kind: "option", value: randomType(random, depth - 1) };
    case 6: {
      const variants = Array.from({ length: 1 + count() }, (_, i) => ({ name: `V${i}`, fields: randomFields(random, depth) }));
      return { kind: "enum", name: "E", variants };
    }
    case 7: return { kind: "tuple", elements: Array.from({ length: count() }, () => randomType(random, depth - 1)) };
    default: return { kind: "struct", name: "S", fields: randomFields(random, depth) };
  }
}

function randomFields(random: TestRandom, depth: number): { name: string; type: Type }[] {
  return Array.from({ length: random.below(4) }, (_, i) => ({ name: `f${i}`, type: randomType(random, depth - 1) }));
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
    case "fixed": return (random.below(1 << 20) - (1 << 19)) / 16;
    case "option": return random.below(2) === 0 ? null : randomValue(random, type.value);
    case "enum": {
      const variant = type.variants[random.below(type.variants.length)]!;
      const fields = variant.fields.map(({ name, type: inner }) => [name, randomValue(random, inner)]);
      return { [variant.name]: Object.fromEntries(fields) };
    }
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

// The circuit and the bytes are those of the Rust tests of generated code.
const U32: Type = { kind: "integer", bits: 32, signed: false };
const SIDE: Type = {
  kind: "enum",
  name: "Side",
  variants: [
    { name: "Left", fields: [] },
    { name: "Right", fields: [] },
    { name: "Middle", fields: [{ name: "0", type: { kind: "integer", bits: 8, signed: true } }] },
  ],
};
const ACTION: Type = {
  kind: "enum",
  name: "Action",
  variants: [
    { name: "Hold", fields: [] },
    { name: "Buy", fields: [{ name: "price", type: U32 }, { name: "limit", type: { kind: "option", value: U32 } }] },
    { name: "Sell", fields: [{ name: "0", type: U32 }] },
    { name: "Both", fields: [{ name: "0", type: SIDE }, { name: "1", type: { kind: "array", element: SIDE, length: 2 } }] },
  ],
};

test("enums and options are as long as every other value, with zeros for what they do not have", () => {
  const buy: Value = { Buy: { price: 5n, limit: 0x0102n } };
  const bytes = Uint8Array.of(1, 5, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  assert.deepEqual(encodePlain(ACTION, buy), bytes);
  assert.deepEqual(decodePlain(ACTION, bytes), buy);
  const both: Value = { Both: { 0: { Middle: { 0: -1n } }, 1: [{ Left: {} }, { Right: {} }] } };
  const other = Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0xff, 0, 0, 1, 0);
  assert.deepEqual(encodePlain(ACTION, both), other);
  assert.deepEqual(decodePlain(ACTION, other), both);
  assert.equal(plainLength(ACTION), 20);
});

test("what is no variant, and fields of others, are refused", () => {
  const bytes = new Uint8Array(20);
  assert.deepEqual(decodePlain(ACTION, bytes), { Hold: {} });
  bytes[0] = 4;
  refuses(() => decodePlain(ACTION, bytes), "NonCanonicalValue");
  bytes[0] = 0;
  bytes[2] = 1;
  refuses(() => decodePlain(ACTION, bytes), "NonCanonicalValue");
  refuses(() => encodePlain(ACTION, { Keep: {} }), "InvalidValue");
  refuses(() => encodePlain(ACTION, { Hold: {}, Sell: { 0: 1n } }), "InvalidValue");
  refuses(() => encodePlain(ACTION, { Sell: {} }), "InvalidValue");
  refuses(() => encodePlain(ACTION, null), "InvalidValue");
  const bits = packBits([ACTION], [{ Hold: {} }]);
  assert.deepEqual(unpackBits([ACTION], bits), [{ Hold: {} }]);
});

test("numbers with a point are counted in steps", () => {
  const f64: Type = { kind: "fixed", bits: 64 };
  assert.deepEqual(encodePlain(f64, -1.5).slice(6, 8), Uint8Array.of(0xe8, 0xff));
  assert.equal(decodePlain(f64, encodePlain(f64, -1.5)), -1.5);
  assert.equal(decodePlain({ kind: "fixed", bits: 32 }, encodePlain({ kind: "fixed", bits: 32 }, 0.1)), Math.round(Math.fround(0.1) * 2 ** 24) / 2 ** 24);
  refuses(() => encodePlain(f64, Number.NaN), "InvalidValue");
  refuses(() => encodePlain(f64, 1e300), "InvalidValue");
  refuses(() => encodePlain(f64, 1n), "InvalidValue");
});
