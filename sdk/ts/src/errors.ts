/**
 * One error class, one code per way things can be wrong, so that a caller can branch on `error.code` and a person can
 * read `error.message`. Messages never contain secrets or decrypted values.
 */

/** What went wrong. */
export type ErrorCode =
  /** A value handed to this library does not have the type, range or length that its place asks for. */
  | "InvalidValue"
  /** An interface or a type description is not one that the compiler writes. */
  | "InvalidInterface"
  /** 32 bytes are not the canonical encoding of a ristretto255 point, or are the identity. */
  | "InvalidPoint"
  /** Received bytes do not have the one length or form that their header allows. */
  | "Malformed"
  /** Received bytes are well formed but of a version that this library does not speak. */
  | "UnsupportedVersion"
  /** An output was made for another computation, session, epoch, index or recipient than the one asked for. */
  | "WrongContext"
  /** A node's tag does not fit: somebody changed the output. `node` says which node's tag. */
  | "OutputTampered"
  /** A result that not all members of the cluster signed. `node` says whose signature is missing or does not fit. */
  | "ForeignResult"
  /** All tags fit but the bits are no value of the declared type. */
  | "NonCanonicalValue";

/** Every error that this library throws. */
export class ArxError extends Error {
  override readonly name = "ArxError";
  readonly code: ErrorCode;
  /** The index in `Cluster.members` of the node concerned, where there is one. */
  readonly node: number | undefined;

  constructor(code: ErrorCode, message: string, node?: number) {
    super(`${code}: ${message}`);
    this.code = code;
    this.node = node;
  }
}
