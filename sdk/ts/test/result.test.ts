import assert from "node:assert/strict";
import { test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { ArxError } from "../src/errors.js";
import { type ResultStatement, outputDigest, resultMessage, verifyResult } from "../src/result.js";
import { TestRandom, hash, littleEndian, randomBase } from "./support.js";

function makeCase(seed: number) {
  const random = new TestRandom(seed);
  const identities = [0, 1, 2].map(() => random.bytes(32));
  const drawn = randomBase(random, identities.map(() => random.secretKey()));
  const members = drawn.members.map((member, i) => ({ ...member, identity: ed25519.getPublicKey(identities[i]!) }));
  const base = { ...drawn, members };
  const statement: ResultStatement = {
    epoch: base.epoch,
    cluster: base.cluster,
    session: random.bytes(32),
    computation: random.bytes(32),
    circuitHash: base.circuit,
    inputDigest: random.bytes(32),
    cellVersions: [3n, 9n],
    outputDigest: outputDigest([random.bytes(5), new Uint8Array(0)]),
    transcriptDigest: random.bytes(32),
    coin: random.bytes(32),
  };
  const signatures = identities.map((identity) => ed25519.sign(resultMessage(statement), identity));
  return { random, base, statement, signatures };
}

const codeOf = (action: () => void): string => {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof ArxError, String(error));
    return error.node === undefined ? error.code : `${error.code} ${error.node}`;
  }
  return "accepted";
};

test("the message is laid out as the program's", () => {
  const { statement } = makeCase(40);
  const inner = hash(
    statement.cluster, littleEndian(statement.epoch, 8), statement.session, statement.computation,
    statement.circuitHash, statement.inputDigest, Buffer.from([2]), littleEndian(3, 8), littleEndian(9, 8),
    statement.outputDigest, statement.transcriptDigest, statement.coin,
  );
  assert.deepEqual(Buffer.from(resultMessage(statement)), Buffer.concat([Buffer.from("arx/v1/result"), inner]));
});

test("all members' signatures are accepted, and nothing less", () => {
  const { base, statement, signatures } = makeCase(41);
  const [first, second, third] = signatures as [Uint8Array, Uint8Array, Uint8Array];
  assert.equal(codeOf(() => verifyResult(statement, base, signatures)), "accepted");
  assert.equal(codeOf(() => verifyResult(statement, base, [first, second])), "ForeignResult");
  assert.equal(codeOf(() => verifyResult(statement, base, [first, second, second])), "ForeignResult 2");
  assert.equal(codeOf(() => verifyResult(statement, base, [first, third, second])), "ForeignResult 1");
  assert.equal(codeOf(() => verifyResult(statement, base, [first, second, new Uint8Array(63)])), "ForeignResult 2");
});

test("signatures do not fit another statement", () => {
  const { random, base, statement, signatures } = makeCase(42);
  const changes: Partial<ResultStatement>[] = [
    ...(["session", "computation", "inputDigest", "outputDigest", "transcriptDigest", "coin"] as const).map((field) => ({
      [field]: random.bytes(32),
    })),
    { cellVersions: [3n, 10n] },
    { cellVersions: [3n] },
  ];
  for (const change of changes) {
    assert.equal(codeOf(() => verifyResult({ ...statement, ...change }, base, signatures)), "ForeignResult 0");
  }
  assert.equal(codeOf(() => verifyResult({ ...statement, epoch: statement.epoch ^ 1n }, base, signatures)), "WrongContext");
  // Cluster and circuit are the application's own, whatever the statement says.
  assert.equal(codeOf(() => verifyResult(statement, { ...base, cluster: random.bytes(32) }, signatures)), "ForeignResult 0");
});
