import assert from "node:assert/strict";
import { test } from "node:test";
import { ArxError } from "../src/errors.js";
import { type ExpectedOutput, decryptOutput } from "../src/output.js";
import { RecipientSeed } from "../src/recipient.js";
import { TestRandom, makeOutput, randomBase } from "./support.js";

function makeCase(seed: number, nodeCount: number, length: number) {
  const random = new TestRandom(seed);
  const nodes = Array.from({ length: nodeCount }, () => random.secretKey());
  const base = randomBase(random, nodes);
  const recipient = RecipientSeed.fromWalletSignature(random.bytes(64)).recipient(base);
  const expected: ExpectedOutput = {
    base, computation: random.bytes(32), session: random.bytes(32), index: random.below(9), length,
  };
  const value = random.bytes(Math.ceil(length / 8));
  if (length % 8 !== 0) value[value.length - 1]! &= (1 << length % 8) - 1;
  const bytes = makeOutput(base, nodes, expected, recipient.publicKey.toBytes(), value, length, random);
  return { random, nodes, expected, recipient, value, bytes };
}

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof ArxError, String(error));
    return error.code;
  }
  return "accepted";
};

test("the recipient recovers what the nodes encrypted", () => {
  for (const [nodeCount, length] of [[2, 1], [3, 64], [3, 321], [16, 128], [3, 0]] as const) {
    const { expected, recipient, value, bytes } = makeCase(length, nodeCount, length);
    assert.deepEqual(decryptOutput(bytes, expected, recipient).bytes, value);
  }
});

test("a changed header, key, coin, digest, tag or ciphertext is refused", () => {
  const { expected, recipient, bytes } = makeCase(20, 3, 64);
  for (let offset = 0; offset < bytes.length; offset++) {
    const tampered = Uint8Array.from(bytes);
    tampered[offset]! ^= 1;
    assert.notEqual(codeOf(() => decryptOutput(tampered, expected, recipient)), "accepted", `byte ${offset}`);
  }
});

test("a node whose tag does not fit is named", () => {
  const { expected, recipient, bytes } = makeCase(21, 3, 64);
  for (const node of [0, 1, 2]) {
    const tampered = Uint8Array.from(bytes);
    tampered[176 + 16 * node]! ^= 128;
    assert.throws(
      () => decryptOutput(tampered, expected, recipient),
      (error) => error instanceof ArxError && error.code === "OutputTampered" && error.node === node,
    );
  }
});

test("an output for another place is refused", () => {
  const { random, expected, recipient, bytes } = makeCase(22, 3, 64);
  const attempt = (change: Partial<ExpectedOutput>): string =>
    codeOf(() => decryptOutput(bytes, { ...expected, ...change }, recipient));
  assert.equal(attempt({ session: random.bytes(32) }), "WrongContext");
  assert.equal(attempt({ index: expected.index + 1 }), "WrongContext");
  assert.equal(attempt({ length: 63 }), "WrongContext");
  assert.equal(attempt({ base: { ...expected.base, epoch: expected.base.epoch ^ 1n } }), "WrongContext");
  assert.equal(attempt({ computation: random.bytes(32) }), "OutputTampered");
  assert.equal(attempt({ base: { ...expected.base, authority: random.bytes(32) } }), "OutputTampered");
  assert.equal(codeOf(() => decryptOutput(bytes, expected, random.secretKey())), "WrongContext");
});

test("another length, another version and bits past the last are refused", () => {
  const { expected, recipient, bytes } = makeCase(23, 3, 9);
  const attempt = (changed: Uint8Array): string => codeOf(() => decryptOutput(changed, expected, recipient));
  assert.equal(attempt(bytes.subarray(0, -1)), "Malformed");
  assert.equal(attempt(Uint8Array.of(...bytes, 0)), "Malformed");
  assert.equal(attempt(new Uint8Array(0)), "Malformed");
  assert.equal(attempt(Uint8Array.of(9, ...bytes.subarray(1))), "UnsupportedVersion");
  const past = Uint8Array.from(bytes);
  past[past.length - 1]! |= 128;
  assert.equal(attempt(past), "Malformed");
});

test("a recipient key is bound to the call and to the seed", () => {
  const random = new TestRandom(24);
  const base = randomBase(random, [random.secretKey(), random.secretKey()]);
  const signature = random.bytes(64);
  const key = (seed: RecipientSeed, call = base): string => Buffer.from(seed.recipient(call).publicKey.toBytes()).toString("hex");
  const seed = RecipientSeed.fromWalletSignature(signature);
  assert.equal(key(seed), key(RecipientSeed.fromWalletSignature(signature)));
  assert.equal(key(seed), key(RecipientSeed.fromBytes(seed.toBytes())));
  const others = [
    key(RecipientSeed.generate()),
    key(seed, { ...base, counter: base.counter ^ 1n }),
    key(seed, { ...base, instance: random.bytes(32) }),
    key(seed, { ...base, authority: random.bytes(32) }),
  ];
  assert.equal(new Set([key(seed), ...others]).size, 5);
});
