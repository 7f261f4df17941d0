/** The typed interface of an instruction, read from the JSON that the compiler writes next to the circuit. */
import { ArxError } from "./errors.js";
import { type Field, type Type, type Variant, bitLength } from "./values.js";

const MAX_VARIANTS = 256;
const MAX_TYPE_DEPTH = 16;
const MAX_TYPE_BITS = 1 << 20;
const INTEGER_BITS: readonly unknown[] = [8, 16, 32, 64, 128];

/** Where the value of a parameter comes from. */
export type ParameterKind =
  /** Plain bytes that everybody sees. */
  | { readonly kind: "plaintext" }
  /** Encrypted by the client of this slot. */
  | { readonly kind: "shared"; readonly slot: number }
  /** Only the key of a client, to whom something is returned. */
  | { readonly kind: "recipient"; readonly slot: number }
  /** The application's state, from a cell. */
  | { readonly kind: "cell" }
  /** Nothing: says that an output becomes the application's state. */
  | { readonly kind: "mxe" };

/** Who gets an output. */
export type OutputKind =
  | { readonly kind: "public" }
  | { readonly kind: "shared"; readonly slot: number }
  | { readonly kind: "cell"; readonly source: number | undefined };

/** One parameter of an instruction. */
export type Parameter = ParameterKind & { readonly name: string; readonly type: Type };

/** One output of an instruction. */
export type InterfaceOutput = OutputKind & { readonly type: Type };

/** What an instruction takes and gives. */
export interface Interface {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly outputs: readonly InterfaceOutput[];
}

/** Reads an interface from its JSON, as text or already parsed. */
export function parseInterface(json: unknown): Interface {
  let tree = json;
  if (typeof json === "string") {
    try {
      tree = JSON.parse(json);
    } catch {
      return fail("interface", "is not JSON");
    }
  }
  const { name, parameters, outputs } = record(tree, "interface");
  return {
    name: text(name, "name"),
    parameters: list(parameters, "parameters").map((entry, index) => parseParameter(entry, `parameters[${index}]`)),
    outputs: list(outputs, "outputs").map((entry, index) => parseOutput(entry, `outputs[${index}]`)),
  };
}

function parseParameter(entry: unknown, path: string): Parameter {
  const fields = record(entry, path);
  const [kind, body] = variant(fields["kind"], `${path}.kind`);
  const common = { name: text(fields["name"], `${path}.name`), type: checkedType(fields["type"], `${path}.type`) };
  switch (kind) {
    case "plaintext":
    case "cell":
    case "mxe":
      return { ...common, kind };
    case "shared":
    case "recipient":
      return { ...common, kind, slot: slotOf(body, path) };
    default:
      return fail(`${path}.kind`, `${JSON.stringify(kind)} is no kind of parameter that this version knows`);
  }
}

function parseOutput(entry: unknown, path: string): InterfaceOutput {
  const fields = record(entry, path);
  const [kind, body] = variant(fields["kind"], `${path}.kind`);
  const type = checkedType(fields["type"], `${path}.type`);
  switch (kind) {
    case "public":
      return { type, kind };
    case "shared":
      return { type, kind, slot: slotOf(body, path) };
    case "cell": {
      const source = record(body, `${path}.kind`)["source"];
      return { type, kind, source: source === null ? undefined : integer(source, 0xffff, `${path}.kind.source`) };
    }
    default:
      return fail(`${path}.kind`, `${JSON.stringify(kind)} is no kind of output that this version knows`);
  }
}

function checkedType(json: unknown, path: string): Type {
  const type = parseType(json, path, MAX_TYPE_DEPTH);
  if (!(bitLength(type) <= MAX_TYPE_BITS)) return fail(path, `has more than ${MAX_TYPE_BITS} bits`);
  return type;
}

function parseType(json: unknown, path: string, depth: number): Type {
  if (depth === 0) return fail(path, `is nested more than ${MAX_TYPE_DEPTH} levels deep`);
  const inner = (part: unknown, step: string): Type => parseType(part, `${path}${step}`, depth - 1);
  const [kind, body] = variant(json, path);
  switch (kind) {
    case "bool":
      return { kind };
    case "public_key":
      return { kind: "publicKey" };
    case "integer": {
      const { bits, signed } = record(body, path);
      if (!INTEGER_BITS.includes(bits) || typeof signed !== "boolean") return fail(path, "is no integer type");
      return { kind, bits: bits as number, signed };
    }
    case "array": {
      const [element, length, ...rest] = list(body, path);
      if (rest.length !== 0) return fail(path, "an array is its element's type and its length");
      const type = inner(element, "[]");
      const count = integer(length, 0xffffffff, `${path} length`);
      // Elements without bits would make a value of any size out of no bits.
      if (bitLength(type) === 0 && count > MAX_TYPE_BITS) return fail(path, "has too many elements");
      return { kind, element: type, length: count };
    }
    case "tuple":
      return { kind, elements: list(body, path).map((element, index) => inner(element, `.${index}`)) };
    case "struct": {
      const fields = record(body, path);
      const name = text(fields["name"], `${path}.name`);
      return { kind, name, fields: list(fields["fields"], path).map((field) => parseField(field, path, inner)) };
    }
    case "fixed": {
      const { bits } = record(body, path);
      if (bits !== 32 && bits !== 64) return fail(path, "is no type of numbers with a point");
      return { kind, bits };
    }
    case "option":
      return { kind, value: inner(body, "") };
    case "enum": {
      const fields = record(body, path);
      const name = text(fields["name"], `${path}.name`);
      const variants = list(fields["variants"], path).map((item): Variant => {
        const own = record(item, path);
        const label = text(own["name"], `${path} variant`);
        const step = (part: unknown, more: string): Type => inner(part, `.${label}${more}`);
        return { name: label, fields: list(own["fields"], path).map((field) => parseField(field, path, step)) };
      });
      if (variants.length === 0 || variants.length > MAX_VARIANTS) {
        return fail(path, `an enum has 1 to ${MAX_VARIANTS} variants`);
      }
      return { kind, name, variants };
    }
    default:
      return fail(path, `${JSON.stringify(kind)} is no type that this version knows`);
  }
}

function parseField(json: unknown, path: string, inner: (part: unknown, step: string) => Type): Field {
  const [name, type, ...rest] = list(json, path);
  if (rest.length !== 0) return fail(path, "a field is its name and its type");
  const field = text(name, `${path} field`);
  return { name: field, type: inner(type, `.${field}`) };
}

function slotOf(body: unknown, path: string): number {
  return integer(record(body, `${path}.kind`)["slot"], 0xffff, `${path}.kind.slot`);
}

/** An enum as serde writes it: `"name"`, or `{"name": body}`. */
function variant(json: unknown, path: string): [string, unknown] {
  if (typeof json === "string") return [json, undefined];
  const entries = Object.entries(record(json, path));
  const [first] = entries;
  if (entries.length !== 1 || first === undefined) return fail(path, "expected one variant");
  return first;
}

function record(json: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return fail(path, "expected an object");
  return json as Record<string, unknown>;
}

function list(json: unknown, path: string): readonly unknown[] {
  return Array.isArray(json) ? json : fail(path, "expected an array");
}

function text(json: unknown, path: string): string {
  return typeof json === "string" ? json : fail(path, "expected a string");
}

function integer(json: unknown, maximum: number, path: string): number {
  if (typeof json !== "number" || !Number.isInteger(json) || json < 0 || json > maximum) {
    return fail(path, `expected an integer from 0 to ${maximum}`);
  }
  return json;
}

function fail(path: string, reason: string): never {
  throw new ArxError("InvalidInterface", `${path}: ${reason}`);
}
