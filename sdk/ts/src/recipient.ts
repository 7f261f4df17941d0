/** The key under which a client receives outputs: fresh for every call, all of them from one wallet signature. */
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { randomBytes } from "@noble/hashes/utils.js";
import type { Base } from "./base.js";
import { ByteWriter, checkedBytes } from "./bytes.js";
import { SecretKey } from "./keys.js";

/** The seed of all recipient keys of a wallet; 32 bytes, a secret. */
export class RecipientSeed {
  readonly #bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * From a wallet's Ed25519 signature. Ask for the same message twice and use this only where both signatures are equal:
   * a wallet that signs with randomness would lose the seed. Where they differ, `generate` one and store it.
   */
  static fromWalletSignature(signature: Uint8Array): RecipientSeed {
    checkedBytes(signature, 64, "wallet signature");
    return new RecipientSeed(sha256(new ByteWriter().label("arx/v1/seed").raw(signature).finish()));
  }

  /** A random seed; keep `toBytes()` somewhere safe, outputs cannot be read without it. */
  static generate(): RecipientSeed {
    return new RecipientSeed(randomBytes(32));
  }

  /** A seed that was stored. */
  static fromBytes(bytes: Uint8Array): RecipientSeed {
    return new RecipientSeed(Uint8Array.from(checkedBytes(bytes, 32, "recipient seed")));
  }

  /** The seed itself, to be stored as carefully as a wallet. */
  toBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /** The recipient key of one call. */
  recipient(call: Pick<Base, "instance" | "authority" | "counter">): SecretKey {
    const wide = sha512(
      new ByteWriter()
        .label("arx/v1/recipient")
        .raw(this.#bytes)
        .fixed(call.instance, 32, "instance")
        .fixed(call.authority, 32, "authority")
        .uint(call.counter, 8)
        .finish(),
    );
    return SecretKey.fromWideBytes(wide);
  }
}
