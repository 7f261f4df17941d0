/**
 * Checking that a result is the members' own: their signatures, as the Solana program checked them before it stored the
 * result. A client that checks them itself need not trust whoever serves it the accounts.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Base } from "./base.js";
import { ByteWriter } from "./bytes.js";
import { ArxError } from "./errors.js";

const RESULT_PREFIX = "arx/v1/result";

/** What the members sign; addresses, digests and the coin are 32 bytes each. */
export interface ResultStatement {
  /** The epoch of the members who signed. */
  readonly epoch: bigint;
  readonly cluster: Uint8Array;
  readonly session: Uint8Array;
  readonly computation: Uint8Array;
  /** The circuit's hash, from the definition that the application pinned. */
  readonly circuitHash: Uint8Array;
  /** The computation's input digest. */
  readonly inputDigest: Uint8Array;
  /** The version that each cell of the computation had at the start. */
  readonly cellVersions: readonly bigint[];
  /** `outputDigest` of all outputs, those of cells included. */
  readonly outputDigest: Uint8Array;
  readonly transcriptDigest: Uint8Array;
  readonly coin: Uint8Array;
}

/** The digest of all outputs, in order: the hash of their hashes. */
export function outputDigest(outputs: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter().label("arx/v1/outputs").uint(outputs.length, 2);
  for (const output of outputs) writer.raw(sha256(output));
  return sha256(writer.finish());
}

/** The bytes that every member signs. */
export function resultMessage(statement: ResultStatement): Uint8Array {
  const writer = new ByteWriter()
    .fixed(statement.cluster, 32, "cluster")
    .uint(statement.epoch, 8)
    .fixed(statement.session, 32, "session")
    .fixed(statement.computation, 32, "computation")
    .fixed(statement.circuitHash, 32, "circuit hash")
    .fixed(statement.inputDigest, 32, "input digest")
    .uint(statement.cellVersions.length, 1);
  for (const version of statement.cellVersions) writer.uint(version, 8);
  writer
    .fixed(statement.outputDigest, 32, "output digest")
    .fixed(statement.transcriptDigest, 32, "transcript digest")
    .fixed(statement.coin, 32, "coin");
  const prefix = Uint8Array.from(RESULT_PREFIX, (character) => character.charCodeAt(0));
  return new ByteWriter().raw(prefix).raw(sha256(writer.finish())).finish();
}

/**
 * Checks one signature per member, in the order of `base.members`, which the application pinned. Throws
 * `ForeignResult` with the first member whose signature does not fit.
 */
export function verifyResult(statement: ResultStatement, base: Base, signatures: readonly Uint8Array[]): void {
  if (statement.epoch !== base.epoch) throw new ArxError("WrongContext", "the result is of another epoch");
  if (signatures.length !== base.members.length) {
    throw new ArxError("ForeignResult", `${signatures.length} signatures for ${base.members.length} members`);
  }
  const message = resultMessage({ ...statement, cluster: base.cluster, circuitHash: base.circuit });
  base.members.forEach((member, index) => {
    if (!signed(signatures[index]!, message, member.identity)) {
      throw new ArxError("ForeignResult", `member ${index} did not sign this result`, index);
    }
  });
}

function signed(signature: Uint8Array, message: Uint8Array, identity: Uint8Array): boolean {
  try {
    // RFC 8032 without the leniency of ZIP 215: as strict as the program's own check.
    return ed25519.verify(signature, message, identity, { zip215: false });
  } catch {
    return false;
  }
}
