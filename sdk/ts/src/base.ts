/** What every derivation is bound to: the network, the cluster in an epoch, the circuit and the call. */
import { sha256 } from "@noble/hashes/sha2.js";
import { ByteWriter } from "./bytes.js";
import { ArxError } from "./errors.js";
import type { PublicKey } from "./keys.js";

/** Three parties, replicated sharing, semi-honest: the first protocol, and what `Base.protocol` says for it. */
export const PROTOCOL_REPLICATED3_SEMI_HONEST = 1;

/** One member of the cluster, in the order of `Cluster.members`. */
export interface Member {
  /** Its Ed25519 identity, 32 bytes. */
  readonly identity: Uint8Array;
  /** Its encryption key of the epoch. */
  readonly encryptionKey: PublicKey;
}

/** The fields of BASE; addresses and hashes are 32 bytes each. */
export interface Base {
  /** The chain's genesis hash. */
  readonly genesis: Uint8Array;
  /** The address of the arx program. */
  readonly program: Uint8Array;
  readonly cluster: Uint8Array;
  readonly epoch: bigint;
  readonly protocol: number;
  readonly members: readonly Member[];
  readonly mxe: Uint8Array;
  /** The circuit's hash. */
  readonly circuit: Uint8Array;
  /** The hash of its interface. */
  readonly interface: Uint8Array;
  /** The application's instance, such as one auction's address. */
  readonly instance: Uint8Array;
  /** The end user's key, who signs the call. */
  readonly authority: Uint8Array;
  /** The client's counter: one computation per (definition, instance, authority, counter). */
  readonly counter: bigint;
  /** The last slot in which the call may be queued. */
  readonly notAfter: bigint;
}

/** BASE, 32 bytes. */
export function baseDigest(base: Base): Uint8Array {
  if (base.members.length < 2 || base.members.length > 16) {
    throw new ArxError("InvalidValue", `a cluster has 2 to 16 members, not ${base.members.length}`);
  }
  const writer = new ByteWriter()
    .label("arx/v1/base")
    .fixed(base.genesis, 32, "genesis")
    .fixed(base.program, 32, "program")
    .fixed(base.cluster, 32, "cluster")
    .uint(base.epoch, 8)
    .uint(base.protocol, 2)
    .uint(base.members.length, 1);
  for (const member of base.members) {
    writer.fixed(member.identity, 32, "member identity").raw(member.encryptionKey.toBytes());
  }
  writer
    .fixed(base.mxe, 32, "mxe")
    .fixed(base.circuit, 32, "circuit")
    .fixed(base.interface, 32, "interface")
    .fixed(base.instance, 32, "instance")
    .fixed(base.authority, 32, "authority")
    .uint(base.counter, 8)
    .uint(base.notAfter, 8);
  return sha256(writer.finish());
}
