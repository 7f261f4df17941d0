/** Pads and masks of one node, from one 32-byte seed. */
import { chacha20 } from "@noble/ciphers/chacha.js";
import { byteLength, clearPast } from "./bytes.js";

/** A node's mask m_i (16 bytes) and pad p_i (`length` bits, packed). */
export interface Pad {
  readonly mask: Uint8Array;
  readonly pad: Uint8Array;
}

/** STREAM(seed): ChaCha20 (RFC 8439), nonce and counter zero: the mask, then the pad with bits past `length` cleared. */
export function expandPad(seed: Uint8Array, length: number): Pad {
  const stream = chacha20(seed, new Uint8Array(12), new Uint8Array(16 + byteLength(length)));
  const pad = stream.slice(16);
  clearPast(pad, length);
  return { mask: stream.slice(0, 16), pad };
}
