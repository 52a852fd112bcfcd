/** The file of finished deletions: made from the record of a saga, read line by line. */
import {
  deletionFileHeader,
  finishedDeletions,
  readDeletionFile,
} from '../../../../actors/consent/deletion-file.ts';
import { sagaRecord } from '../../../../actors/consent/saga-record.ts';
import type { HistoryLine } from '../../../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('deletion file');
const [top, below] = [
  '00000000-0000-7000-8000-00000000000a',
  '00000000-0000-7000-8000-00000000000b',
];

function line(atMs: number, service: string, entry: JsonObject): HistoryLine {
  const address = { service, machine: 'delete-saga', key: 'k' };
  return { id: String(atMs).padStart(6, '0'), topic: 't', address, atMs, line: entry };
}
function engaged(atMs: number, service: string, role: string, id: string, through: string[]) {
  const roster = ['papers', 'old'].map((voter) => ({
    nodeId: id,
    service: voter,
    generation: 1,
    consent: voter !== 'old',
  }));
  const nodes = [{ id, cn: 'a name', objectClass: 'c' }];
  return line(atMs, service, { what: 'engaged', role, action: 'delete', nodes, through, roster });
}
function cleaned(atMs: number, service: string, voter: string, nodeId: string): HistoryLine {
  return line(atMs, service, { what: 'cleaned', action: 'deleting', voter, nodeId });
}
function deleted(atMs: number, service: string, role: string, id: string): HistoryLine {
  const nodes = [{ id, cn: 'a name', objectClass: 'c' }];
  return line(atMs, service, { what: 'deleted', role, action: 'delete', nodes });
}
const retains = [{ service: 'papers', what: 'a paper of Kim', basis: 'law', until: '2036-12-31' }];
const lines = [
  engaged(1, 'owner', 'root', top, []),
  engaged(2, 'inner', 'inner', below, [top]),
  line(3, 'owner', { what: 'voted', voter: 'papers', nodeId: top, response: 'ok', retains }),
  cleaned(4, 'inner', 'papers', below),
  deleted(5, 'inner', 'inner', below),
  cleaned(6, 'owner', 'papers', top),
  cleaned(7, 'owner', 'old', top),
  deleted(8, 'owner', 'root', top),
];

test('a line has ids, services and times of one service; nodes further down come first', () => {
  const record = sagaRecord('t', lines);
  assert.ok(record);
  const found = finishedDeletions(record);
  const until = '2036-12-31';
  assert.equal(found, [
    { saga: 't', service: 'inner', deleted: time(5), ids: [below], voters: ['papers'] },
    {
      saga: 't',
      service: 'owner',
      deleted: time(8),
      ids: [top],
      voters: ['papers'],
      retains: [{ voter: 'papers', until, ids: [top] }],
    },
  ]);
  assert.not.match(JSON.stringify(found), /a name|Kim|law/);
});

test('a retention that has ended is in the file, because a restored voter keeps it again', () => {
  const end = { what: 'retention ended', voter: 'papers', until: '2036-12-31', nodeIds: [top] };
  const record = sagaRecord('t', [...lines, line(9, 'owner', end)]);
  assert.ok(record);
  assert.equal(finishedDeletions(record)[1]?.retains, [
    { voter: 'papers', until: '2036-12-31', ids: [top] },
  ]);
});

test('a file is read back; another format, a newer version and a wrong line are named', () => {
  const record = sagaRecord('t', lines);
  assert.ok(record);
  const found = finishedDeletions(record);
  const header = JSON.stringify(deletionFileHeader(0, 1));
  const card = { card: 'c1', service: 'mcards', deleted: time(9), burn: '0x7' };
  const text = [header, ...[...found, card].map((one) => JSON.stringify(one)), ''].join('\n');
  assert.equal(readDeletionFile(text), { deletions: found, cards: [card] });
  assert.throws(() => readDeletionFile(''), /line 1: found ; allowed is JSON/);
  assert.throws(
    () => readDeletionFile(header.replace('"version":1', '"version":2')),
    /line 1: found .*"version":2.*allowed is the header .*"version":1/,
  );
  assert.throws(
    () => readDeletionFile(`${header}\n\n{"saga":"t"}`),
    /line 3: .*allowed is an object/,
  );
});

function time(atMs: number): string {
  return new Date(atMs).toISOString();
}

test.run();
