/** ristretto255 keys: those of the nodes, and the key pairs that a client makes. */
import { ristretto255 } from "@noble/curves/ed25519.js";
import { randomBytes } from "@noble/hashes/utils.js";
import { checkedBytes, decodeUint } from "./bytes.js";
import { ArxError } from "./errors.js";

type Point = InstanceType<typeof ristretto255.Point>;

const ORDER = ristretto255.Point.Fn.ORDER;

/** A point other than the identity, from its canonical encoding. */
export class PublicKey {
  readonly #point: Point;
  readonly #bytes: Uint8Array;

  private constructor(point: Point, bytes: Uint8Array) {
    this.#point = point;
    this.#bytes = bytes;
  }

  /** Parses 32 bytes; refuses other encodings of a point, and the identity. `what` is for the message. */
  static fromBytes(bytes: Uint8Array, what = "encryption key"): PublicKey {
    if (!(bytes instanceof Uint8Array) || bytes.length !== 32) {
      throw new ArxError("InvalidPoint", `${what}: expected 32 bytes`);
    }
    let point: Point;
    try {
      point = ristretto255.Point.fromBytes(bytes);
    } catch {
      throw new ArxError("InvalidPoint", `${what}: not the canonical encoding of a ristretto255 point`);
    }
    if (point.equals(ristretto255.Point.ZERO)) throw new ArxError("InvalidPoint", `${what}: the identity is refused`);
    return new PublicKey(point, Uint8Array.from(bytes));
  }

  /** The canonical encoding. */
  toBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /** The encoding of scalar * this point: a Diffie-Hellman value. Only for this package. */
  multiply(scalar: bigint): Uint8Array {
    return this.#point.multiply(scalar).toBytes();
  }
}

/** A secret scalar and its point. The scalar is a private field: it is not printed, serialised or compared. */
export class SecretKey {
  readonly #scalar: bigint;
  readonly publicKey: PublicKey;

  private constructor(scalar: bigint) {
    this.#scalar = scalar;
    this.publicKey = PublicKey.fromBytes(ristretto255.Point.BASE.multiply(scalar).toBytes());
  }

  /** A fresh key, from the platform's generator. */
  static generate(): SecretKey {
    return SecretKey.fromWideBytes(randomBytes(64));
  }

  /** 64 uniform bytes, little-endian, modulo the group order. */
  static fromWideBytes(bytes: Uint8Array): SecretKey {
    const scalar = decodeUint(checkedBytes(bytes, 64, "wide scalar")) % ORDER;
    if (scalar === 0n) throw new ArxError("InvalidValue", "the scalar is zero");
    return new SecretKey(scalar);
  }

  /** 32 bytes, little-endian, below the group order and not zero. */
  static fromScalarBytes(bytes: Uint8Array): SecretKey {
    const scalar = decodeUint(checkedBytes(bytes, 32, "scalar"));
    if (scalar === 0n || scalar >= ORDER) throw new ArxError("InvalidValue", "the scalar is zero or not reduced");
    return new SecretKey(scalar);
  }

  /** The Diffie-Hellman value with `other`, encoded. */
  sharedWith(other: PublicKey): Uint8Array {
    return other.multiply(this.#scalar);
  }
}
