import assert from "node:assert/strict";
import { test } from "node:test";
import { decryptResult, makeArguments, readPublicResult } from "../src/call.js";
import { ArxError } from "../src/errors.js";
import { parseInterface } from "../src/interface.js";
import { packBits } from "../src/values.js";
import { TestRandom, makeOutput, openInput, randomBase } from "./support.js";

const U64 = { integer: { bits: 64, signed: false } };
const AUCTION = {
  name: "place_bid",
  parameters: [
    { name: "reserve", kind: "plaintext", type: U64 },
    {
      name: "bid",
      kind: { shared: { slot: 0 } },
      type: { struct: { name: "Bid", fields: [["bidder", "public_key"], ["amount", U64]] } },
    },
    { name: "reader", kind: { recipient: { slot: 1 } }, type: { tuple: [] } },
    { name: "state", kind: "cell", type: { array: ["bool", 3] } },
    { name: "to", kind: "mxe", type: { tuple: [] } },
  ],
  outputs: [
    { kind: { cell: { source: 3 } }, type: { array: ["bool", 3] } },
    { kind: "public", type: { tuple: ["bool", U64] } },
    { kind: { shared: { slot: 1 } }, type: U64 },
    { kind: { cell: { source: null } }, type: "bool" },
  ],
};

const refuses = (action: () => unknown, code: ArxError["code"]): void => {
  assert.throws(action, (error) => error instanceof ArxError && error.code === code);
};

test("an interface is read as the compiler writes it", () => {
  const instruction = parseInterface(JSON.stringify(AUCTION));
  assert.deepEqual(instruction, parseInterface(AUCTION));
  assert.deepEqual(instruction.parameters.map(({ kind }) => kind), ["plaintext", "shared", "recipient", "cell", "mxe"]);
  assert.deepEqual(instruction.outputs.map(({ kind }) => kind), ["cell", "public", "shared", "cell"]);
});

test("anything else is refused with the place", () => {
  const changed = (change: (tree: typeof AUCTION) => void): unknown => {
    const tree = structuredClone(AUCTION);
    change(tree);
    return tree;
  };
  const bad: [unknown, string][] = [
    ["{", "interface"],
    [null, "interface"],
    [changed((tree) => (tree.parameters[0]!.kind = "secret")), "parameters[0].kind"],
    [changed((tree) => (tree.parameters[0]!.type = { integer: { bits: 65, signed: false } })), "parameters[0].type"],
    [changed((tree) => (tree.parameters[1]!.kind = { shared: { slot: -1 } })), "parameters[1].kind.slot"],
    [changed((tree) => (tree.outputs[0]!.type = { array: ["bool", 2 ** 21] })), "outputs[0].type"],
    [changed((tree) => (tree.outputs[0]!.type = { array: [{ tuple: [] } as unknown as string, 2 ** 31] })), "outputs[0].type"],
    [changed((tree) => ((tree.outputs[1] as { type: unknown }).type = { map: [] })), "outputs[1].type"],
  ];
  for (const [tree, place] of bad) {
    assert.throws(
      () => parseInterface(tree),
      (error) => error instanceof ArxError && error.code === "InvalidInterface" && error.message.includes(place),
      place,
    );
  }
  let deep: unknown = "bool";
  for (let level = 0; level < 20; level++) deep = { tuple: [deep] };
  refuses(() => parseInterface(changed((tree) => ((tree.outputs[1] as { type: unknown }).type = deep))), "InvalidInterface");
});

test("a whole call: typed arguments in, typed results out", () => {
  const random = new TestRandom(30);
  const nodes = [0, 1, 2].map(() => random.secretKey());
  const base = randomBase(random, nodes);
  const instruction = parseInterface(AUCTION);
  const [owner, reader] = [random.secretKey(), random.secretKey()];
  const bid = { bidder: random.bytes(32), amount: 700n };
  const made = makeArguments(instruction, base, {
    values: { reserve: 5n, bid },
    recipients: { 0: owner, 1: reader },
  });
  assert.deepEqual(Object.keys(made), ["reserve", "bid", "reader"]);
  assert.deepEqual(made["reserve"]!.bytes, Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0));
  assert.deepEqual(made["reader"]!.bytes, reader.publicKey.toBytes());
  const key = made["bid"]!.bytes.subarray(0, 32);
  assert.deepEqual(key, owner.publicKey.toBytes());
  const opened = openInput(made["bid"]!.bytes.subarray(32), base, [key], nodes);
  const bits = packBits([instruction.parameters[1]!.type], [bid]);
  assert.deepEqual(opened, { value: Buffer.from(bits.bytes) });

  const place = { base, computation: random.bytes(32), session: random.bytes(32), index: 2 };
  const amount = Uint8Array.of(188, 2, 0, 0, 0, 0, 0, 0);
  const output = makeOutput(base, nodes, place, reader.publicKey.toBytes(), amount, 64, random);
  assert.equal(decryptResult(instruction, place, output, reader), 700n);
  assert.deepEqual(readPublicResult(instruction, 1, Uint8Array.of(1, 9, 0, 0, 0, 0, 0, 0, 0)), [true, 9n]);
  refuses(() => decryptResult(instruction, { ...place, index: 1 }, output, reader), "InvalidValue");
  refuses(() => readPublicResult(instruction, 2, output), "InvalidValue");
  refuses(() => readPublicResult(instruction, 9, output), "InvalidValue");
});

test("a missing, unknown or mistyped argument is refused before anything is sent", () => {
  const random = new TestRandom(31);
  const base = randomBase(random, [random.secretKey(), random.secretKey(), random.secretKey()]);
  const instruction = parseInterface(AUCTION);
  const bid = { bidder: random.bytes(32), amount: 700n };
  const recipients = { 0: random.secretKey(), 1: random.secretKey() };
  const attempt = (call: Parameters<typeof makeArguments>[2]) => () => makeArguments(instruction, base, call);
  refuses(attempt({ values: { bid }, recipients }), "InvalidValue");
  refuses(attempt({ values: { reserve: 1n, bid, extra: 1n }, recipients }), "InvalidValue");
  refuses(attempt({ values: { reserve: 1n, bid, state: [true, true, true] }, recipients }), "InvalidValue");
  refuses(attempt({ values: { reserve: bid, bid: 1n }, recipients }), "InvalidValue");
  refuses(attempt({ values: { reserve: 1n, bid }, recipients: { 0: recipients[0] } }), "InvalidValue");
});
