/** The vectors that the Rust side writes: both sides agree byte for byte. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Base, baseDigest } from "../src/base.js";
import { Bits } from "../src/bits.js";
import { ArxError } from "../src/errors.js";
import { multiplyElements, polynomialHash } from "../src/gf128.js";
import {
  dangerousEncryptInputWith, dangerousKeysFromSeed, inputArgument, parseInput, spentId,
} from "../src/input.js";
import { parseInterface } from "../src/interface.js";
import { PublicKey, SecretKey } from "../src/keys.js";
import { decryptOutput } from "../src/output.js";
import { RecipientSeed } from "../src/recipient.js";
import { type ResultStatement, outputDigest, resultMessage, verifyResult } from "../src/result.js";
import { expandPad } from "../src/stream.js";
import { decodePlain, encodePlain, packBits, unpackBits } from "../src/values.js";
import { openInput } from "./support.js";

type Tree = { readonly [key: string]: any };

const load = (name: string): any =>
  // This file runs from build/test.
  JSON.parse(readFileSync(new URL(`../../../../mxe-runtime/arx-wire/vectors/${name}.json`, import.meta.url), "utf8"));
const loadList = (name: string): Tree[] => {
  const list = load(name) as Tree[];
  assert.ok(list.length > 0, `${name}.json is empty`);
  return list;
};
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");
const bits = (tree: Tree): Bits => new Bits(bytes(tree["bytes"]), tree["bits"]);

const base = (tree: Tree): Base => ({
  genesis: bytes(tree["genesis"]),
  program: bytes(tree["program"]),
  cluster: bytes(tree["cluster"]),
  epoch: BigInt(tree["epoch"]),
  protocol: tree["protocol"],
  members: tree["members"].map((member: Tree) => ({
    identity: bytes(member["identity"]),
    encryptionKey: PublicKey.fromBytes(bytes(member["encryption_key"])),
  })),
  mxe: bytes(tree["mxe"]),
  circuit: bytes(tree["circuit"]),
  interface: bytes(tree["interface"]),
  instance: bytes(tree["instance"]),
  authority: bytes(tree["authority"]),
  counter: BigInt(tree["counter"]),
  notAfter: BigInt(tree["not_after"]),
});

test("GF(2^128): products and polynomial hashes", () => {
  const vectors = load("gf128");
  for (const { x, y, product } of vectors.products) {
    assert.equal(hex(multiplyElements(bytes(x), bytes(y))), product);
  }
  for (const { h, hash, message } of vectors.polynomial_hashes) {
    assert.equal(hex(polynomialHash(bytes(h), bytes(message.bytes), message.bits)), hash);
  }
});

test("streams", () => {
  for (const vector of loadList("stream")) {
    const { mask, pad } = expandPad(bytes(vector["seed"]), vector["pad"].bits);
    assert.deepEqual([hex(mask), hex(pad)], [vector["head"], vector["pad"].bytes]);
  }
});

test("keys: public keys, Diffie-Hellman values, refused encodings", () => {
  const vectors = load("keys");
  for (const vector of vectors.keys) {
    const secret = SecretKey.fromScalarBytes(bytes(vector.secret));
    assert.equal(hex(secret.publicKey.toBytes()), vector.public);
    assert.equal(hex(secret.sharedWith(PublicKey.fromBytes(bytes(vector.other_public)))), vector.shared);
  }
  for (const vector of vectors.refused) {
    assert.throws(
      () => PublicKey.fromBytes(bytes(vector.public)),
      (error) => error instanceof ArxError && error.code === "InvalidPoint",
      vector.why,
    );
  }
});

test("recipient keys", () => {
  for (const vector of loadList("recipient")) {
    const seed = RecipientSeed.fromWalletSignature(bytes(vector["wallet_signature"]));
    assert.equal(hex(seed.toBytes()), vector["seed"]);
    const key = seed.recipient({
      instance: bytes(vector["instance"]),
      authority: bytes(vector["authority"]),
      counter: BigInt(vector["counter"]),
    });
    assert.equal(hex(key.publicKey.toBytes()), vector["public"]);
    assert.equal(hex(key.publicKey.toBytes()), hex(SecretKey.fromScalarBytes(bytes(vector["secret"])).publicKey.toBytes()));
  }
});

test("inputs: the same bytes, and nodes that recover the plaintext", () => {
  for (const vector of loadList("input")) {
    const recipients = vector["recipients"].map((key: string) => PublicKey.fromBytes(bytes(key)));
    const plan = { base: base(vector["base"]), slot: vector["slot"], value: bits(vector["plaintext"]), recipients };
    assert.equal(hex(baseDigest(plan.base)), vector["base"].digest);
    const keys = dangerousKeysFromSeed(bytes(vector["ephemeral_seed"]));
    assert.equal(hex(dangerousEncryptInputWith(plan, keys)), vector["encoded"]);

    const encoded = bytes(vector["encoded"]);
    const header = parseInput(encoded);
    assert.equal(header.length, plan.value.length);
    assert.equal(hex(spentId(plan.base, header)), vector["spent_id"]);
    if (vector["argument"]) assert.equal(hex(inputArgument(recipients[0], encoded)), vector["argument"]);
    const nodes = vector["nodes"].map((node: Tree) => SecretKey.fromScalarBytes(bytes(node["secret"])));
    const opened = openInput(encoded, plan.base, vector["recipients"].map(bytes), nodes);
    assert.deepEqual(opened, { value: Buffer.from(plan.value.bytes) });
  }
});

test("outputs: decrypted to the plaintext", () => {
  for (const vector of loadList("output")) {
    const expected = {
      base: base(vector["base"]),
      computation: bytes(vector["computation"]),
      session: bytes(vector["session"]),
      index: vector["index"],
      length: vector["plaintext"].bits,
    };
    const recipient = SecretKey.fromScalarBytes(bytes(vector["recipient_secret"]));
    assert.equal(hex(recipient.publicKey.toBytes()), vector["recipient"]);
    const value = decryptOutput(bytes(vector["encoded"]), expected, recipient);
    assert.equal(hex(value.bytes), vector["plaintext"].bytes);
  }
});

const own = (name: string): any => JSON.parse(readFileSync(new URL(`../../test/vectors/${name}.json`, import.meta.url), "utf8"));

test("interfaces as the compiler writes them, and values in bits and in plain", () => {
  const vectors = own("interface");
  assert.equal(vectors.simple.length, 5);
  for (const json of vectors.simple) assert.equal(parseInterface(json).name, json.name);
  const type = parseInterface(vectors.every_type).parameters[1]!.type;
  for (const vector of vectors.bids) {
    const value = {
      bidder: bytes(vector.bidder),
      amount: BigInt(vector.amount),
      flags: vector.flags,
      delta: [BigInt(vector.delta), []],
    };
    const packed = packBits([type], [value]);
    assert.deepEqual([packed.length, hex(packed.bytes)], [vector.bits, vector.bytes]);
    assert.deepEqual(unpackBits([type], packed), [value]);
    assert.equal(hex(encodePlain(type, value)), vector.plain);
    assert.deepEqual(decodePlain(type, bytes(vector.plain)), value);
  }
});

test("results as the program has them signed", () => {
  for (const vector of own("result") as Tree[]) {
    const statement: ResultStatement = {
      cluster: bytes(vector["cluster"]),
      epoch: BigInt(vector["epoch"]),
      session: bytes(vector["session"]),
      computation: bytes(vector["computation"]),
      circuitHash: bytes(vector["circuit_hash"]),
      inputDigest: bytes(vector["input_digest"]),
      cellVersions: vector["cell_versions"].map(BigInt),
      outputDigest: outputDigest(vector["outputs"].map(bytes)),
      transcriptDigest: bytes(vector["transcript_digest"]),
      coin: bytes(vector["coin"]),
    };
    assert.equal(hex(statement.outputDigest), vector["output_digest"]);
    assert.equal(hex(resultMessage(statement)), vector["message"]);
    const encryptionKey = SecretKey.generate().publicKey;
    const pinned: Base = {
      ...base(loadList("input")[0]!["base"]),
      cluster: statement.cluster,
      epoch: statement.epoch,
      circuit: statement.circuitHash,
      members: vector["identities"].map((identity: string) => ({ identity: bytes(identity), encryptionKey })),
    };
    verifyResult(statement, pinned, vector["signatures"].map(bytes));
  }
});
