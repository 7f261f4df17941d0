import assert from "node:assert/strict";
import { test } from "node:test";
import { baseDigest } from "../src/base.js";
import { Bits } from "../src/bits.js";
import { ArxError } from "../src/errors.js";
import { dangerousEncryptInputWith, encryptInput, parseInput } from "../src/input.js";
import { PublicKey, SecretKey } from "../src/keys.js";
import { TestRandom, openInput, randomBase } from "./support.js";

const refuses = (action: () => unknown, code: ArxError["code"]): void => {
  assert.throws(action, (error) => error instanceof ArxError && error.code === code);
};

function randomBits(random: TestRandom, length: number): Bits {
  const bytes = random.bytes(Math.ceil(length / 8));
  if (length % 8 !== 0) bytes[bytes.length - 1]! &= (1 << length % 8) - 1;
  return new Bits(bytes, length);
}

function makeCase(seed: number, nodeCount: number, length: number) {
  const random = new TestRandom(seed);
  const nodes = Array.from({ length: nodeCount }, () => random.secretKey());
  const base = randomBase(random, nodes);
  const recipients = [random.secretKey().publicKey];
  const plan = { base, slot: random.below(5), value: randomBits(random, length), recipients };
  return { random, nodes, base, recipients: recipients.map((key) => key.toBytes()), plan };
}

test("the nodes together recover what the client encrypted", () => {
  for (const [nodeCount, length] of [[2, 1], [3, 64], [3, 321], [5, 128], [16, 2], [3, 1009]] as const) {
    const { nodes, base, recipients, plan } = makeCase(length, nodeCount, length);
    const input = encryptInput(plan);
    assert.deepEqual(openInput(input, base, recipients, nodes), { value: Buffer.from(plan.value.bytes) });
    const header = parseInput(input);
    assert.deepEqual(
      [header.nodes, header.slot, header.length, header.counter, header.notAfter],
      [nodeCount, plan.slot, length, base.counter, base.notAfter],
    );
  }
});

test("a flipped bit anywhere is refused or fails a node's check", () => {
  const { nodes, base, recipients, plan } = makeCase(7, 3, 65);
  const input = encryptInput(plan);
  // From the ephemeral keys on; what stands before them is compared with the call by the program.
  for (let offset = 24; offset < input.length; offset++) {
    const tampered = Uint8Array.from(input);
    tampered[offset]! ^= 1;
    let parsed = true;
    try {
      parseInput(tampered);
    } catch (error) {
      parsed = false;
      assert.ok(error instanceof ArxError);
    }
    if (parsed) assert.ok("failed" in openInput(tampered, base, recipients, nodes), `byte ${offset}`);
  }
});

test("an input does not open in another context", () => {
  const { random, nodes, base, recipients, plan } = makeCase(8, 3, 64);
  const input = encryptInput(plan);
  for (const field of ["genesis", "program", "cluster", "mxe", "circuit", "interface", "instance", "authority"] as const) {
    const other = { ...base, [field]: random.bytes(32) };
    assert.ok("failed" in openInput(input, other, recipients, nodes), field);
  }
  for (const field of ["epoch", "counter", "notAfter"] as const) {
    assert.ok("failed" in openInput(input, { ...base, [field]: base[field] ^ 1n }, recipients, nodes), field);
  }
  assert.ok("failed" in openInput(input, base, [random.secretKey().publicKey.toBytes()], nodes), "recipient");
});

test("every input has fresh keys; given keys give the same bytes", () => {
  const { random, plan } = makeCase(9, 3, 64);
  assert.notDeepEqual(encryptInput(plan), encryptInput(plan));
  const keys = { pad: random.secretKey(), seed: random.secretKey() };
  assert.deepEqual(dangerousEncryptInputWith(plan, keys), dangerousEncryptInputWith(plan, keys));
});

test("other lengths, other versions and bits past the last are refused", () => {
  const { plan } = makeCase(10, 3, 9);
  const input = encryptInput(plan);
  refuses(() => parseInput(input.subarray(0, -1)), "Malformed");
  refuses(() => parseInput(Uint8Array.of(...input, 0)), "Malformed");
  refuses(() => parseInput(new Uint8Array(0)), "Malformed");
  refuses(() => parseInput(Uint8Array.of(2, ...input.subarray(1))), "UnsupportedVersion");
  const past = Uint8Array.from(input);
  past[past.length - 1]! |= 2;
  refuses(() => parseInput(past), "Malformed");
  // A length field of 4 GB in a short message costs nothing.
  const huge = Uint8Array.from(input);
  huge.fill(255, 4, 8);
  refuses(() => parseInput(huge), "Malformed");
});

test("points that are not canonical, and the identity, are refused", () => {
  refuses(() => PublicKey.fromBytes(new Uint8Array(32)), "InvalidPoint");
  refuses(() => PublicKey.fromBytes(new Uint8Array(31)), "InvalidPoint");
  // RFC 9496, A.3: a negative field element, and one that is not reduced.
  for (const bad of [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
  ]) {
    refuses(() => PublicKey.fromBytes(Uint8Array.from(Buffer.from(bad, "hex"))), "InvalidPoint");
  }
});

test("a cluster of one, and a field of another length, are refused", () => {
  const { base, plan } = makeCase(11, 3, 8);
  refuses(() => encryptInput({ ...plan, base: { ...base, members: base.members.slice(0, 1) } }), "InvalidValue");
  refuses(() => baseDigest({ ...base, mxe: new Uint8Array(31) }), "InvalidValue");
  refuses(() => baseDigest({ ...base, counter: 1n << 64n }), "InvalidValue");
  refuses(() => encryptInput({ ...plan, slot: 65536 }), "InvalidValue");
  refuses(() => encryptInput({ ...plan, value: new Bits(new Uint8Array(0), 0) }), "InvalidValue");
});

test("a secret key shows nothing when printed or serialised", () => {
  const key = SecretKey.generate();
  assert.equal(JSON.stringify(key), '{"publicKey":{}}');
});
