import assert from "node:assert/strict";
import { test } from "node:test";
import { multiplyElements, polynomialHash } from "../src/gf128.js";
import { TestRandom, fieldProduct, littleEndian, referenceHash, toInteger } from "./support.js";

test("X^127 times X is X^7 + X^2 + X + 1", () => {
  const product = multiplyElements(littleEndian(1n << 127n, 16), littleEndian(2n, 16));
  assert.equal(toInteger(product), 0x87n);
});

test("products equal the schoolbook's", () => {
  const random = new TestRandom(1);
  for (let round = 0; round < 200; round++) {
    const a = random.bytes(16);
    const b = random.bytes(16);
    assert.equal(toInteger(multiplyElements(a, b)), fieldProduct(toInteger(a), toInteger(b)));
  }
});

test("the polynomial hash equals the sum of powers, for all lengths around block borders", () => {
  const random = new TestRandom(2);
  for (const bits of [0, 1, 7, 8, 9, 64, 127, 128, 129, 255, 256, 257, 1000]) {
    const h = random.bytes(16);
    const packed = random.bytes(Math.ceil(bits / 8));
    if (bits % 8 !== 0) packed[packed.length - 1]! &= (1 << bits % 8) - 1;
    assert.deepEqual(Buffer.from(polynomialHash(h, packed, bits)), referenceHash(h, packed, bits), `${bits} bits`);
  }
});

test("the length is part of what is hashed", () => {
  const h = new TestRandom(3).bytes(16);
  assert.notDeepEqual(polynomialHash(h, Uint8Array.of(1), 1), polynomialHash(h, Uint8Array.of(1), 2));
});
