/**
 * Values of circuit types, as TypeScript holds them, and their two encodings: bits (what is encrypted) and plain bytes
 * (plaintext arguments and public outputs, in Borsh's layout).
 *
 * | type | value |
 * | --- | --- |
 * | bool | `boolean` |
 * | u8 .. u256, i8 .. i256 | `bigint` |
 * | SolanaPublicKey | `Uint8Array` of 32 bytes |
 * | array, tuple | array of values |
 * | struct | object with exactly the declared fields |
 */
import { type Bits, BitReader, BitWriter } from "./bits.js";
import { ByteReader, byteLength, decodeUint, encodeUint } from "./bytes.js";
import { ArxError } from "./errors.js";

/** A circuit type. */
export type Type =
  | { readonly kind: "bool" }
  | { readonly kind: "integer"; readonly bits: number; readonly signed: boolean }
  | { readonly kind: "publicKey" }
  | { readonly kind: "array"; readonly element: Type; readonly length: number }
  | { readonly kind: "tuple"; readonly elements: readonly Type[] }
  | { readonly kind: "struct"; readonly name: string; readonly fields: readonly Field[] };

/** A field of a struct. */
export interface Field {
  readonly name: string;
  readonly type: Type;
}

/** A value of any circuit type. */
export type Value = boolean | bigint | Uint8Array | readonly Value[] | { readonly [field: string]: Value };

/** How many bits a value of `type` has when encrypted. */
export function bitLength(type: Type): number {
  return sumLeaves(type, leafBits);
}

/** How many bytes a value of `type` has in plain. */
export function plainLength(type: Type): number {
  return sumLeaves(type, (leaf) => byteLength(leafBits(leaf)));
}

/** The bits of `values`, one after another in the order of `types`, without padding. */
export function packBits(types: readonly Type[], values: readonly Value[]): Bits {
  const writer = new BitWriter();
  writeAll(types, values, (leaf, bits) => writer.uint(bits, leafBits(leaf)));
  return writer.finish();
}

/** The values in `bits`, which has exactly the bits of `types`. */
export function unpackBits(types: readonly Type[], bits: Bits): Value[] {
  const reader = new BitReader(bits);
  const values = types.map((type) => readValue(type, (leaf) => reader.uint(leafBits(leaf))));
  reader.end();
  return values;
}

/** The plain bytes of one value. */
export function encodePlain(type: Type, value: Value): Uint8Array {
  const bytes: number[] = [];
  writeAll([type], [value], (leaf, bits) => bytes.push(...encodeUint(bits, byteLength(leafBits(leaf)))));
  return Uint8Array.from(bytes);
}

/** The value in plain bytes; refuses other lengths, and booleans other than 0 and 1. */
export function decodePlain(type: Type, bytes: Uint8Array): Value {
  const reader = new ByteReader(bytes, "plain value");
  const value = readValue(type, (leaf) => {
    const bits = decodeUint(reader.raw(byteLength(leafBits(leaf))));
    if (bits >> BigInt(leafBits(leaf)) !== 0n) {
      throw new ArxError("NonCanonicalValue", `a ${leafName(leaf)} has bits past bit ${leafBits(leaf)} set`);
    }
    return bits;
  });
  reader.end();
  return value;
}

type Leaf = Extract<Type, { kind: "bool" | "integer" | "publicKey" }>;

function leafBits(leaf: Leaf): number {
  if (leaf.kind === "bool") return 1;
  return leaf.kind === "publicKey" ? 256 : leaf.bits;
}

function leafName(leaf: Leaf): string {
  if (leaf.kind === "integer") return `${leaf.signed ? "i" : "u"}${leaf.bits}`;
  return leaf.kind === "bool" ? "bool" : "public key";
}

function sumLeaves(type: Type, measure: (leaf: Leaf) => number): number {
  switch (type.kind) {
    case "array":
      return type.length * sumLeaves(type.element, measure);
    case "tuple":
      return type.elements.reduce((sum, element) => sum + sumLeaves(element, measure), 0);
    case "struct":
      return type.fields.reduce((sum, field) => sum + sumLeaves(field.type, measure), 0);
    default:
      return measure(type);
  }
}

function writeAll(types: readonly Type[], values: readonly Value[], write: (leaf: Leaf, bits: bigint) => void): void {
  if (types.length !== values.length) {
    throw new ArxError("InvalidValue", `${values.length} values for ${types.length} types`);
  }
  types.forEach((type, index) => writeValue(type, values[index]!, `value ${index}`, write));
}

/** Hands every leaf's bits to `write`, in order. `path` names the place in messages; values never appear in them. */
function writeValue(type: Type, value: Value, path: string, write: (leaf: Leaf, bits: bigint) => void): void {
  switch (type.kind) {
    case "array":
    case "tuple": {
      const length = type.kind === "array" ? type.length : type.elements.length;
      if (!Array.isArray(value) || value.length !== length) {
        throw new ArxError("InvalidValue", `${path}: expected an array of ${length} values`);
      }
      for (let index = 0; index < length; index++) {
        const element = type.kind === "array" ? type.element : type.elements[index]!;
        writeValue(element, value[index] as Value, `${path}[${index}]`, write);
      }
      return;
    }
    case "struct": {
      if (typeof value !== "object" || value instanceof Uint8Array || Array.isArray(value) || value === null) {
        throw new ArxError("InvalidValue", `${path}: expected an object with the fields of ${type.name}`);
      }
      const object = value as { readonly [field: string]: Value };
      const unknown = Object.keys(object).find((key) => !type.fields.some((field) => field.name === key));
      if (unknown !== undefined) {
        throw new ArxError("InvalidValue", `${path}: ${type.name} has no field ${JSON.stringify(unknown)}`);
      }
      for (const field of type.fields) {
        if (!Object.hasOwn(object, field.name)) {
          throw new ArxError("InvalidValue", `${path}: field ${field.name} of ${type.name} is missing`);
        }
        writeValue(field.type, object[field.name]!, `${path}.${field.name}`, write);
      }
      return;
    }
    default:
      write(type, leafToBits(type, value, path));
  }
}

function leafToBits(leaf: Leaf, value: Value, path: string): bigint {
  if (leaf.kind === "bool") {
    if (typeof value !== "boolean") throw new ArxError("InvalidValue", `${path}: expected a boolean`);
    return value ? 1n : 0n;
  }
  if (leaf.kind === "publicKey") {
    if (!(value instanceof Uint8Array) || value.length !== 32) {
      throw new ArxError("InvalidValue", `${path}: expected a public key, a Uint8Array of 32 bytes`);
    }
    return decodeUint(value);
  }
  if (typeof value !== "bigint") throw new ArxError("InvalidValue", `${path}: expected a bigint`);
  const fits = leaf.signed ? BigInt.asIntN(leaf.bits, value) === value : BigInt.asUintN(leaf.bits, value) === value;
  if (!fits) throw new ArxError("InvalidValue", `${path}: out of the range of ${leafName(leaf)}`);
  return BigInt.asUintN(leaf.bits, value);
}

function readValue(type: Type, read: (leaf: Leaf) => bigint): Value {
  switch (type.kind) {
    case "array":
      return Array.from({ length: type.length }, () => readValue(type.element, read));
    case "tuple":
      return type.elements.map((element) => readValue(element, read));
    case "struct":
      return Object.fromEntries(type.fields.map((field) => [field.name, readValue(field.type, read)]));
    case "bool":
      return read(type) === 1n;
    case "publicKey":
      return encodeUint(read(type), 32);
    case "integer": {
      const bits = read(type);
      return type.signed ? BigInt.asIntN(type.bits, bits) : bits;
    }
  }
}
