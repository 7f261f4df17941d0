/**
 * Encrypting a client's arguments. The ciphertext *is* a sharing: the value under one pad per node, with a tag per node
 * that shows whether the node entered the pad that the client derived. Nodes compute on it without decrypting anything.
 */
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { type Base, baseDigest } from "./base.js";
import type { Bits } from "./bits.js";
import { ByteReader, ByteWriter, byteLength, refusePast, xorInto } from "./bytes.js";
import { ArxError } from "./errors.js";
import { polynomialHash } from "./gf128.js";
import { PublicKey, SecretKey } from "./keys.js";
import { expandPad } from "./stream.js";

const INPUT_VERSION = 1;

/** What to encrypt and to what the ciphertext is bound. */
export interface InputPlan {
  readonly base: Base;
  /** The owner's index in the interface. */
  readonly slot: number;
  /** The slot's arguments, in interface order. */
  readonly value: Bits;
  /** To whom this owner's outputs go: usually the one key of `deriveRecipient`. */
  readonly recipients: readonly PublicKey[];
}

/** The two key pairs of one input. Every input has fresh ones: two values under one pair of keys give away their xor. */
export interface EphemeralKeys {
  readonly pad: SecretKey;
  readonly seed: SecretKey;
}

/** The INPUT bytes of `wire.md`, under fresh keys from the platform's generator. */
export function encryptInput(plan: InputPlan): Uint8Array {
  return dangerousEncryptInputWith(plan, { pad: SecretKey.generate(), seed: SecretKey.generate() });
}

/** The two key pairs that 32 secret bytes give: for test vectors. Bytes used twice are keys used twice. */
export function dangerousKeysFromSeed(seed: Uint8Array): EphemeralKeys {
  const derive = (which: number): SecretKey =>
    SecretKey.fromWideBytes(sha512(new ByteWriter().label("arx/v1/ephemeral").fixed(seed, 32, "seed").uint(which, 1).finish()));
  return { pad: derive(1), seed: derive(2) };
}

/** `encryptInput` under given keys: for test vectors. Never use a key twice. */
export function dangerousEncryptInputWith(plan: InputPlan, keys: EphemeralKeys): Uint8Array {
  const { base, slot, value } = plan;
  if (value.length === 0) throw new ArxError("InvalidValue", "an input has at least one bit");
  const padPoint = keys.pad.publicKey.toBytes();
  const seedPoint = keys.seed.publicKey.toBytes();
  const context = inputContext(plan, padPoint, seedPoint);

  const ciphertext = Uint8Array.from(value.bytes);
  const jointSeed = new Uint8Array(32);
  const nodes = base.members.map((member, index) => {
    const derive = (label: string, shared: Uint8Array): Uint8Array =>
      sha256(new ByteWriter().label(label).raw(context).uint(index, 1).raw(shared).finish());
    const padSeed = derive("arx/v1/in/pad", keys.pad.sharedWith(member.encryptionKey));
    const { pad } = expandPad(padSeed, value.length);
    const seed = derive("arx/v1/in/seed", keys.seed.sharedWith(member.encryptionKey));
    const binding = derive("arx/v1/in/bind", seed).subarray(0, 16);
    xorInto(ciphertext, pad);
    xorInto(jointSeed, seed);
    return { padSeed, pad, binding };
  });

  const ciphertextHash = sha256(ciphertext);
  const h = sha256(
    new ByteWriter().label("arx/v1/in/h").raw(context).raw(jointSeed).raw(ciphertextHash).finish(),
  ).subarray(0, 16);

  const writer = new ByteWriter()
    .uint(INPUT_VERSION, 1)
    .uint(base.members.length, 1)
    .uint(slot, 2)
    .uint(value.length, 4)
    .uint(base.counter, 8)
    .uint(base.notAfter, 8)
    .raw(padPoint)
    .raw(seedPoint);
  nodes.forEach(({ padSeed, pad, binding }, index) => {
    const tag = polynomialHash(h, pad, value.length);
    // The mask depends on c: were one mask opened for two ciphertexts, the difference would be an equation in the value.
    const mask = sha256(new ByteWriter().label("arx/v1/in/mask").raw(padSeed).raw(ciphertextHash).finish());
    xorInto(tag, mask.subarray(0, 16));
    const tagMask = sha256(
      new ByteWriter().label("arx/v1/in/w").raw(context).uint(index, 1).raw(jointSeed).raw(ciphertextHash).finish(),
    );
    xorInto(tag, tagMask.subarray(0, 16));
    writer.raw(tag).raw(binding);
  });
  return writer.raw(ciphertext).finish();
}

/** ICTX of `wire.md`. */
function inputContext(plan: InputPlan, padPoint: Uint8Array, seedPoint: Uint8Array): Uint8Array {
  const writer = new ByteWriter()
    .label("arx/v1/in")
    .raw(baseDigest(plan.base))
    .uint(plan.slot, 2)
    .uint(plan.value.length, 4)
    .uint(plan.recipients.length, 1);
  for (const recipient of plan.recipients) writer.raw(recipient.toBytes());
  return sha256(writer.raw(padPoint).raw(seedPoint).finish());
}

/** The public part of an input. */
export interface InputHeader {
  readonly nodes: number;
  readonly slot: number;
  /** How many bits are encrypted. */
  readonly length: number;
  readonly counter: bigint;
  readonly notAfter: bigint;
  readonly padKey: PublicKey;
  readonly seedKey: PublicKey;
}

/** Checks the form of INPUT bytes, as program and nodes do, and returns the public part. */
export function parseInput(bytes: Uint8Array): InputHeader {
  const reader = new ByteReader(bytes, "input");
  const version = reader.uint(1);
  if (version !== INPUT_VERSION) throw new ArxError("UnsupportedVersion", `input: version ${version}`);
  const nodes = reader.uint(1);
  const slot = reader.uint(2);
  const length = reader.uint(4);
  if (nodes < 2 || nodes > 16) throw new ArxError("Malformed", `input: a cluster has 2 to 16 nodes, not ${nodes}`);
  if (length === 0) throw new ArxError("Malformed", "input: an input has at least one bit");
  const counter = reader.uint64();
  const notAfter = reader.uint64();
  const padKey = PublicKey.fromBytes(reader.raw(32), "input: first ephemeral key");
  const seedKey = PublicKey.fromBytes(reader.raw(32), "input: second ephemeral key");
  reader.raw(32 * nodes);
  refusePast(reader.raw(byteLength(length)), length, "Malformed", "input: ciphertext");
  reader.end();
  return { nodes, slot, length, counter, notAfter, padKey, seedKey };
}

/** What an encrypted argument is in a call: the owner's recipient key, then the INPUT bytes. */
export function inputArgument(recipient: PublicKey, input: Uint8Array): Uint8Array {
  return new ByteWriter().raw(recipient.toBytes()).raw(input).finish();
}

/** The identifier under which nodes remember that an input was used. */
export function spentId(base: Base, header: InputHeader): Uint8Array {
  return sha256(
    new ByteWriter()
      .label("arx/v1/spent")
      .fixed(base.cluster, 32, "cluster")
      .fixed(base.mxe, 32, "mxe")
      .fixed(base.authority, 32, "authority")
      .raw(header.padKey.toBytes())
      .raw(header.seedKey.toBytes())
      .finish(),
  );
}
