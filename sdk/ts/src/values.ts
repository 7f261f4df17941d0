/**
 * Values of circuit types, as TypeScript holds them, and their two encodings: bits (what is encrypted) and plain bytes
 * (plaintext arguments and public outputs). Every value of a type is equally long: what an option or an enum does not have
 * is zero.
 *
 * | type | value |
 * | --- | --- |
 * | bool | `boolean` |
 * | u8 .. u256, i8 .. i256 | `bigint` |
 * | SolanaPublicKey | `Uint8Array` of 32 bytes |
 * | array, tuple | array of values |
 * | struct | object with exactly the declared fields |
 * | f32, f64 | `number`; in circuits a fixed-point number of 24 or 52 places |
 * | Option | the value, or `null` |
 * | enum | object of one key, the variant's name, and in it the variant's fields: `{ Buy: { price: 5n } }`, `{ Sell: { 0: 3n } }`, `{ Hold: {} }` |
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
  | { readonly kind: "struct"; readonly name: string; readonly fields: readonly Field[] }
  | { readonly kind: "fixed"; readonly bits: number }
  | { readonly kind: "option"; readonly value: Type }
  | { readonly kind: "enum"; readonly name: string; readonly variants: readonly Variant[] };

/** A variant of an enum; fields without names are called by their place. */
export interface Variant {
  readonly name: string;
  readonly fields: readonly Field[];
}

/** A field of a struct or of a variant. */
export interface Field {
  readonly name: string;
  readonly type: Type;
}

/** A value of any circuit type. */
export type Value =
  | boolean
  | bigint
  | number
  | null
  | Uint8Array
  | readonly Value[]
  | { readonly [field: string]: Value };

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
  const read = (leaf: Leaf): bigint => reader.uint(leafBits(leaf));
  const values = types.map((type) => readValue(type, { read, absent: () => undefined }));
  reader.end();
  return values;
}

/** The plain bytes of one value. */
export function encodePlain(type: Type, value: Value): Uint8Array {
  const bytes: number[] = [];
  writeAll([type], [value], (leaf, bits) => bytes.push(...encodeUint(bits, byteLength(leafBits(leaf)))));
  return Uint8Array.from(bytes);
}

/** The value in plain bytes; refuses other lengths, and whatever is not the one form of a value. */
export function decodePlain(type: Type, bytes: Uint8Array): Value {
  const reader = new ByteReader(bytes, "plain value");
  const read = (leaf: Leaf): bigint => {
    const bits = decodeUint(reader.raw(byteLength(leafBits(leaf))));
    if (bits >> BigInt(leafBits(leaf)) !== 0n) {
      throw new ArxError("NonCanonicalValue", `a ${leafName(leaf)} has bits past bit ${leafBits(leaf)} set`);
    }
    return bits;
  };
  const absent = (bits: bigint): void => {
    if (bits !== 0n) throw new ArxError("NonCanonicalValue", "a field that the value does not have is not zero");
  };
  const value = readValue(type, { read, absent });
  reader.end();
  return value;
}

type Leaf = Extract<Type, { kind: "bool" | "integer" | "publicKey" }>;

const BOOL: Leaf = { kind: "bool" };
/** The number of an enum's variant. */
const VARIANT: Leaf = { kind: "integer", bits: 8, signed: false };

/** The integer that a number with a point is in circuits. */
function fixedLeaf(bits: number): Extract<Leaf, { kind: "integer" }> {
  return { kind: "integer", bits: 2 * bits, signed: true };
}

function fixedPlaces(bits: number): number {
  return bits === 32 ? 24 : 52;
}

function allFields(variants: readonly Variant[]): Type[] {
  return variants.flatMap((variant) => variant.fields.map((field) => field.type));
}

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
    case "fixed":
      return measure(fixedLeaf(type.bits));
    case "option":
      return measure(BOOL) + sumLeaves(type.value, measure);
    case "enum":
      return allFields(type.variants).reduce((sum, field) => sum + sumLeaves(field, measure), measure(VARIANT));
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
    case "struct":
      return writeFields(type.name, type.fields, value, path, write);
    case "fixed": {
      const leaf = fixedLeaf(type.bits);
      return write(leaf, leafToBits(leaf, toFixed(type.bits, value, path), path));
    }
    case "option":
      write(BOOL, value === null ? 0n : 1n);
      return value === null ? writeZeros(type.value, write) : writeValue(type.value, value, path, write);
    case "enum": {
      const [name, fields, ...rest] = Object.entries(asObject(type.name, value, path)).flat();
      const chosen = type.variants.findIndex((variant) => variant.name === name);
      if (chosen < 0 || rest.length !== 0) {
        const names = type.variants.map((variant) => variant.name).join(", ");
        throw new ArxError("InvalidValue", `${path}: expected an object with one of ${names}, a variant of ${type.name}`);
      }
      write(VARIANT, BigInt(chosen));
      type.variants.forEach((variant, index) => {
        if (index === chosen) {
          writeFields(`${type.name}::${variant.name}`, variant.fields, fields as Value, `${path}.${variant.name}`, write);
        } else {
          variant.fields.forEach((field) => writeZeros(field.type, write));
        }
      });
      return;
    }
    default:
      write(type, leafToBits(type, value, path));
  }
}

function asObject(name: string, value: Value, path: string): { readonly [field: string]: Value } {
  if (typeof value !== "object" || value instanceof Uint8Array || Array.isArray(value) || value === null) {
    throw new ArxError("InvalidValue", `${path}: expected an object with the fields of ${name}`);
  }
  return value as { readonly [field: string]: Value };
}

function writeFields(
  name: string,
  fields: readonly Field[],
  value: Value,
  path: string,
  write: (leaf: Leaf, bits: bigint) => void,
): void {
  const object = asObject(name, value, path);
  const unknown = Object.keys(object).find((key) => !fields.some((field) => field.name === key));
  if (unknown !== undefined) {
    throw new ArxError("InvalidValue", `${path}: ${name} has no field ${JSON.stringify(unknown)}`);
  }
  for (const field of fields) {
    if (!Object.hasOwn(object, field.name)) {
      throw new ArxError("InvalidValue", `${path}: field ${field.name} of ${name} is missing`);
    }
    writeValue(field.type, object[field.name]!, `${path}.${field.name}`, write);
  }
}

/** What a value does not have. */
function writeZeros(type: Type, write: (leaf: Leaf, bits: bigint) => void): void {
  forEachLeaf(type, (leaf) => write(leaf, 0n));
}

function forEachLeaf(type: Type, action: (leaf: Leaf) => void): void {
  switch (type.kind) {
    case "array":
      for (let index = 0; index < type.length; index++) forEachLeaf(type.element, action);
      return;
    case "tuple":
      return type.elements.forEach((element) => forEachLeaf(element, action));
    case "struct":
      return type.fields.forEach((field) => forEachLeaf(field.type, action));
    case "fixed":
      return action(fixedLeaf(type.bits));
    case "option":
      action(BOOL);
      return forEachLeaf(type.value, action);
    case "enum":
      action(VARIANT);
      return allFields(type.variants).forEach((field) => forEachLeaf(field, action));
    default:
      return action(type);
  }
}

/** The nearest multiple of the format's step, as a count of steps; `f32` rounds to that first. */
function toFixed(bits: number, value: Value, path: string): bigint {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new ArxError("InvalidValue", `${path}: expected a finite number`);
  }
  const steps = (bits === 32 ? Math.fround(value) : value) * 2 ** fixedPlaces(bits);
  if (!Number.isFinite(steps)) throw new ArxError("InvalidValue", `${path}: out of the range of f${bits}`);
  // Half a step goes away from zero.
  return BigInt(Math.sign(steps) * Math.round(Math.abs(steps)));
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

interface ValueReader {
  /** The next leaf. */
  readonly read: (leaf: Leaf) => bigint;
  /** Judges a leaf that the value does not have. */
  readonly absent: (bits: bigint) => void;
}

function skip(type: Type, reader: ValueReader): void {
  forEachLeaf(type, (leaf) => reader.absent(reader.read(leaf)));
}

function readFields(fields: readonly Field[], reader: ValueReader): Value {
  return Object.fromEntries(fields.map((field) => [field.name, readValue(field.type, reader)]));
}

function readValue(type: Type, reader: ValueReader): Value {
  switch (type.kind) {
    case "array":
      return Array.from({ length: type.length }, () => readValue(type.element, reader));
    case "tuple":
      return type.elements.map((element) => readValue(element, reader));
    case "struct":
      return readFields(type.fields, reader);
    case "bool":
      return reader.read(type) === 1n;
    case "publicKey":
      return encodeUint(reader.read(type), 32);
    case "integer": {
      const bits = reader.read(type);
      return type.signed ? BigInt.asIntN(type.bits, bits) : bits;
    }
    case "fixed": {
      const steps = BigInt.asIntN(2 * type.bits, reader.read(fixedLeaf(type.bits)));
      const value = Number(steps) / 2 ** fixedPlaces(type.bits);
      return type.bits === 32 ? Math.fround(value) : value;
    }
    case "option": {
      if (reader.read(BOOL) === 1n) return readValue(type.value, reader);
      skip(type.value, reader);
      return null;
    }
    case "enum": {
      const number = Number(reader.read(VARIANT));
      const chosen = type.variants[number];
      if (chosen === undefined) {
        throw new ArxError("NonCanonicalValue", `there is no variant ${number} of ${type.name}`);
      }
      let fields: Value = {};
      for (const variant of type.variants) {
        if (variant === chosen) fields = readFields(variant.fields, reader);
        else variant.fields.forEach((field) => skip(field.type, reader));
      }
      return { [chosen.name]: fields };
    }
  }
}
