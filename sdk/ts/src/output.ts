/** Decrypting what a computation returned to one recipient, after checking every node's tag. */
import { sha256 } from "@noble/hashes/sha2.js";
import { type Base, baseDigest } from "./base.js";
import { Bits } from "./bits.js";
import { ByteReader, ByteWriter, byteLength, equalBytes, refusePast, xorInto } from "./bytes.js";
import { ArxError } from "./errors.js";
import { polynomialHash } from "./gf128.js";
import { PublicKey, type SecretKey } from "./keys.js";
import { expandPad } from "./stream.js";

const OUTPUT_VERSION = 1;

/** What the caller knows about the output it expects; never taken from the output's own bytes. */
export interface ExpectedOutput {
  /** The call's BASE, with the epoch in which the computation ran. */
  readonly base: Base;
  /** The computation account's address, 32 bytes. */
  readonly computation: Uint8Array;
  /** The session that the members signed, 32 bytes: the result's `session` in the computation account. */
  readonly session: Uint8Array;
  /** The output's index in the interface. */
  readonly index: number;
  /** How many bits its type has. */
  readonly length: number;
}

/** OUTPUT bytes, taken apart. */
export interface Output {
  readonly nodes: number;
  readonly index: number;
  readonly length: number;
  readonly epoch: bigint;
  readonly session: Uint8Array;
  /** coin_s, tossed before pads were derived. */
  readonly startCoin: Uint8Array;
  /** D_open, the digest of all broadcasts before the opening. */
  readonly openDigest: Uint8Array;
  /** coin_o, tossed after all agreed on D_open. */
  readonly openCoin: Uint8Array;
  readonly recipient: PublicKey;
  /** t_i, 16 bytes per node. */
  readonly tags: readonly Uint8Array[];
  readonly ciphertext: Uint8Array;
}

/** Checks the form of OUTPUT bytes and takes them apart. */
export function parseOutput(bytes: Uint8Array): Output {
  const reader = new ByteReader(bytes, "output");
  const version = reader.uint(1);
  if (version !== OUTPUT_VERSION) throw new ArxError("UnsupportedVersion", `output: version ${version}`);
  const nodes = reader.uint(1);
  const index = reader.uint(2);
  const length = reader.uint(4);
  if (nodes < 2 || nodes > 16) throw new ArxError("Malformed", `output: a cluster has 2 to 16 nodes, not ${nodes}`);
  const epoch = reader.uint64();
  const session = reader.raw(32);
  const startCoin = reader.raw(32);
  const openDigest = reader.raw(32);
  const openCoin = reader.raw(32);
  const recipient = PublicKey.fromBytes(reader.raw(32), "output: recipient");
  const tags = Array.from({ length: nodes }, () => reader.raw(16));
  const ciphertext = reader.raw(byteLength(length));
  refusePast(ciphertext, length, "Malformed", "output: ciphertext");
  reader.end();
  return { nodes, index, length, epoch, session, startCoin, openDigest, openCoin, recipient, tags, ciphertext };
}

/**
 * Checks OUTPUT bytes against what is expected, checks every node's tag, and only then removes the pads.
 *
 * The tags show that every node used the pad it was asked to use, and that nobody changed the ciphertext since. That all
 * members signed it as the computation's result is for `verifyResult`, or for the program that stored it.
 */
export function decryptOutput(bytes: Uint8Array, expected: ExpectedOutput, recipient: SecretKey): Bits {
  const output = parseOutput(bytes);
  checkExpected(output, expected, recipient);
  const { members } = expected.base;

  const context = sha256(
    new ByteWriter()
      .label("arx/v1/out")
      .raw(baseDigest(expected.base))
      .fixed(expected.computation, 32, "computation")
      .fixed(expected.session, 32, "session")
      .raw(output.startCoin)
      .uint(output.index, 2)
      .uint(output.length, 4)
      .raw(output.recipient.toBytes())
      .finish(),
  );
  const h = sha256(
    new ByteWriter()
      .label("arx/v1/out/h")
      .raw(context)
      .raw(output.openDigest)
      .raw(output.openCoin)
      .raw(sha256(output.ciphertext))
      .finish(),
  ).subarray(0, 16);

  const value = Uint8Array.from(output.ciphertext);
  members.forEach((member, index) => {
    const seed = sha256(
      new ByteWriter()
        .label("arx/v1/out/pad")
        .raw(context)
        .uint(index, 1)
        .raw(recipient.sharedWith(member.encryptionKey))
        .finish(),
    );
    const { mask, pad } = expandPad(seed, output.length);
    const tag = polynomialHash(h, pad, output.length);
    xorInto(tag, mask);
    if (!equalBytes(tag, output.tags[index]!)) {
      throw new ArxError("OutputTampered", `the tag of node ${index} does not fit its pad`, index);
    }
    xorInto(value, pad);
  });
  return new Bits(value, output.length);
}

function checkExpected(output: Output, expected: ExpectedOutput, recipient: SecretKey): void {
  const mismatch = (what: string): never => {
    throw new ArxError("WrongContext", `the output is for another ${what} than the one asked for`);
  };
  if (output.nodes !== expected.base.members.length) mismatch("number of nodes");
  if (output.index !== expected.index) mismatch("output index");
  if (output.length !== expected.length) mismatch("length");
  if (output.epoch !== expected.base.epoch) mismatch("epoch");
  if (!equalBytes(output.session, expected.session)) mismatch("session");
  if (!equalBytes(output.recipient.toBytes(), recipient.publicKey.toBytes())) mismatch("recipient");
}
