/**
 * The client side of the Arx network: encrypting inputs to a cluster's nodes, and decrypting what comes back.
 *
 * - `call`: typed arguments and results of an instruction, from its interface JSON. Start here.
 * - `interface`, `values`: interfaces, types, and values as bits and as plain bytes.
 * - `base`, `keys`, `recipient`: what ciphertexts are bound to, and the keys on both sides.
 * - `input`, `output`: the ciphertexts themselves, byte for byte as in `wire.md`.
 * - `result`: the members' signatures over a result.
 * - `errors`: the one error class and its codes.
 *
 * Works in browsers and in Node.js: no other globals than `crypto.getRandomValues` are used.
 */
export { type Base, type Member, PROTOCOL_REPLICATED3_SEMI_HONEST, baseDigest } from "./base.js";
export { Bits } from "./bits.js";
export {
  type CallArgument,
  type CallValues,
  type ResultPlace,
  decryptResult,
  makeArguments,
  readPublicResult,
} from "./call.js";
export { ArxError, type ErrorCode } from "./errors.js";
export { type InputHeader, type InputPlan, encryptInput, inputArgument, parseInput, spentId } from "./input.js";
export {
  type Interface,
  type InterfaceOutput,
  type OutputKind,
  type Parameter,
  type ParameterKind,
  parseInterface,
} from "./interface.js";
export { PublicKey, SecretKey } from "./keys.js";
export { type ExpectedOutput, type Output, decryptOutput, parseOutput } from "./output.js";
export { RecipientSeed } from "./recipient.js";
export { type ResultStatement, outputDigest, resultMessage, verifyResult } from "./result.js";
export {
  type Field,
  type Type,
  type Value,
  bitLength,
  decodePlain,
  encodePlain,
  packBits,
  plainLength,
  unpackBits,
} from "./values.js";
