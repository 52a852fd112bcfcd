/** The comparison of rows, files and receipts. */

import { heldName } from '../../../actors/file-remover/local-files.ts';
import { queuedReceipt, type Receipt } from '../../../actors/file-remover/store.ts';
import type { FileFacts } from '../../../composition/file-facts.ts';
import { differences } from '../../../composition/file-findings.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('file findings');

const url = 'file:///data/a.png';
const nowMs = 10_000;
const times = { nowMs, agedMs: 1_000 };
const listing = { row: 'c1', service: 'mcards', url };
const file = { url, bytes: 3, changedAtMs: 9_000 };
const failed: Receipt = { ...queuedReceipt({ id: 'r1', url, card: 'c1' }), state: 'failed' };
const removed: Receipt = { ...failed, state: 'removed', removedAtMs: 5_000 };

const nothing: FileFacts = {
  remover: 'file_remover',
  listings: [],
  unseen: 0,
  survey: { files: new Map(), held: new Map(), unnamed: 0 },
  receipts: [],
  idle: new Set(),
  underWay: new Set(),
};
const there = { files: new Map([[url, file]]), held: new Map(), unnamed: 0 };

function found(facts: Partial<FileFacts>) {
  const { lost, unlisted, open, strays } = differences({ ...nothing, ...facts }, times);
  return { lost, unlisted, open, strays };
}
const none = { lost: [], unlisted: [], open: [], strays: [] };

test('a file with a row, and an ended removal, are no findings', () => {
  assert.equal(found({ listings: [listing], survey: there }), none);
  assert.equal(found({ receipts: [removed] }), none);
});

test('a row and a file that spell one URL differently belong together', () => {
  const spelled = { ...listing, url: 'file:///data/a%28b%29' };
  const key = 'file:///data/a(b)';
  const survey = { ...there, files: new Map([[key, { ...file, url: key }]]) };
  assert.equal(found({ listings: [spelled], survey }), none);
});

test('a row without its file names the receipt of the removal', () => {
  assert.equal(found({ listings: [listing] }).lost, [{ ...listing, receipt: null }]);
  const { lost, open } = found({ listings: [listing], receipts: [removed] });
  assert.equal([lost, open], [[{ ...listing, receipt: 'r1' }], []]);
});

test('a file without a row names the receipt of the removal that has failed', () => {
  const unlisted = { ...file, service: 'file_remover' };
  assert.equal(found({ survey: there }).unlisted, [{ ...unlisted, receipt: null }]);
  assert.equal(found({ survey: there, receipts: [removed] }).unlisted, [
    { ...unlisted, receipt: null },
  ]);
  const idle = new Set(['r1']);
  assert.equal(found({ survey: there, receipts: [failed], idle }), {
    ...none,
    unlisted: [{ ...unlisted, receipt: 'r1' }],
  });
});

test('a file that is young, is being removed or is held by a deletion is no finding', () => {
  const young = { ...there, files: new Map([[url, { ...file, changedAtMs: 9_001 }]]) };
  assert.equal(found({ survey: young }), none);
  assert.equal(found({ survey: there, receipts: [{ ...failed, state: 'queued' }] }), none);
  assert.equal(found({ survey: there, receipts: [{ ...removed, removedAtMs: nowMs }] }), none);
  assert.equal(found({ survey: there, underWay: new Set([url]) }), none);
});

test('a receipt without an end, a row and a file is a finding unless an actor carries it on', () => {
  const open = { id: 'r1', url, card: 'c1', state: 'failed', note: null, service: 'file_remover' };
  const idle = new Set(['r1']);
  assert.equal(found({ receipts: [failed], idle }), { ...none, open: [open] });
  assert.equal(found({ receipts: [failed] }), none);
  assert.equal(found({ receipts: [failed], idle, underWay: new Set([url]) }), none);
});

test('a file in quarantine without an open receipt is a finding', () => {
  const held = new Map([[heldName({ id: 'r1', url }), '/data/.unanimous-quarantine/x']]);
  const survey = { ...nothing.survey, held };
  assert.equal(found({ survey, receipts: [{ ...failed, state: 'quarantined' }] }), none);
  assert.equal(found({ survey, receipts: [removed] }).strays, ['/data/.unanimous-quarantine/x']);
});

test.run();
