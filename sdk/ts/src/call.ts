/** From typed values to the arguments of a call, and from its results back to typed values. */
import type { Base } from "./base.js";
import { ArxError } from "./errors.js";
import { encryptInput, inputArgument } from "./input.js";
import type { Interface } from "./interface.js";
import type { SecretKey } from "./keys.js";
import { decryptOutput } from "./output.js";
import { type Value, bitLength, decodePlain, encodePlain, packBits, unpackBits } from "./values.js";

/** An argument of `queue_computation` that a client makes. */
export type CallArgument =
  /** Plain bytes. */
  | { readonly kind: "plaintext"; readonly bytes: Uint8Array }
  /** The recipient key, followed by INPUT bytes where the parameter carries data. */
  | { readonly kind: "input"; readonly bytes: Uint8Array };

/** What a caller gives for a call: the parameters by name, and the key under which each slot's owner gets outputs. */
export interface CallValues {
  readonly values: { readonly [parameter: string]: Value };
  readonly recipients: { readonly [slot: number]: SecretKey };
}

/**
 * Makes the arguments of a call that come from clients, by parameter name; cells and markers are not among them.
 * Refuses values of another type, missing ones, and ones that the instruction does not have.
 */
export function makeArguments(
  instruction: Interface,
  base: Base,
  call: CallValues,
): { readonly [parameter: string]: CallArgument } {
  const taken = new Set<string>();
  const made: [string, CallArgument][] = [];
  for (const parameter of instruction.parameters) {
    const value = (): Value => {
      taken.add(parameter.name);
      if (Object.hasOwn(call.values, parameter.name)) return call.values[parameter.name]!;
      throw new ArxError("InvalidValue", `${instruction.name}: parameter ${parameter.name} is missing`);
    };
    switch (parameter.kind) {
      case "plaintext":
        made.push([parameter.name, { kind: "plaintext", bytes: encodePlain(parameter.type, value()) }]);
        break;
      case "shared": {
        const recipient = recipientOf(instruction, call, parameter.slot).publicKey;
        const bits = packBits([parameter.type], [value()]);
        const input = encryptInput({ base, slot: parameter.slot, value: bits, recipients: [recipient] });
        made.push([parameter.name, { kind: "input", bytes: inputArgument(recipient, input) }]);
        break;
      }
      case "recipient": {
        const recipient = recipientOf(instruction, call, parameter.slot).publicKey;
        made.push([parameter.name, { kind: "input", bytes: recipient.toBytes() }]);
        break;
      }
      case "cell":
      case "mxe":
        break;
    }
  }
  const unknown = Object.keys(call.values).find((name) => !taken.has(name));
  if (unknown !== undefined) {
    throw new ArxError("InvalidValue", `${instruction.name} takes no value for ${JSON.stringify(unknown)} from a client`);
  }
  return Object.fromEntries(made);
}

function recipientOf(instruction: Interface, call: CallValues, slot: number): SecretKey {
  const key = call.recipients[slot];
  if (key === undefined) throw new ArxError("InvalidValue", `${instruction.name}: no recipient key for slot ${slot}`);
  return key;
}

/** Which result to read, and what its bytes are bound to. */
export interface ResultPlace {
  /** The call's BASE, with the epoch in which it ran. */
  readonly base: Base;
  /** The computation account's address. */
  readonly computation: Uint8Array;
  /** The session in the computation's result. */
  readonly session: Uint8Array;
  /** The output's index in the interface. */
  readonly index: number;
}

/** The typed value of an output that is public. */
export function readPublicResult(instruction: Interface, index: number, bytes: Uint8Array): Value {
  const output = outputOf(instruction, index);
  if (output.kind !== "public") {
    throw new ArxError("InvalidValue", `output ${index} of ${instruction.name} is not public`);
  }
  return decodePlain(output.type, bytes);
}

/** The typed value of an output that is encrypted to `recipient`; checks every node's tag first. */
export function decryptResult(
  instruction: Interface,
  place: ResultPlace,
  bytes: Uint8Array,
  recipient: SecretKey,
): Value {
  const output = outputOf(instruction, place.index);
  if (output.kind !== "shared") {
    throw new ArxError("InvalidValue", `output ${place.index} of ${instruction.name} is not encrypted to a client`);
  }
  const bits = decryptOutput(bytes, { ...place, length: bitLength(output.type) }, recipient);
  return unpackBits([output.type], bits)[0]!;
}

function outputOf(instruction: Interface, index: number): Interface["outputs"][number] {
  const output = instruction.outputs[index];
  if (output === undefined) throw new ArxError("InvalidValue", `${instruction.name} has no output ${index}`);
  return output;
}
