/** The list, the record, the run and the texts of `cards burn`. */
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BurnEnd, BurnRecord, cardsIn } from '../../../cli/burn-list.ts';
import { BurnRun } from '../../../cli/burn-run.ts';
import { burnReport, progressLine, reportLines } from '../../../cli/burn-text.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import { Refused, Transient } from '../../../runtime/ports/errors.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('cli: burn');

test('a line is an id or an id with its owner, and a card counts once', () => {
  const text = '"c1"\n\n{"id":"c2","owner":"lee"}\r\n"c1"\n';
  assert.equal(cardsIn(text, { file: 'list', owner: 'kim' }), [
    { id: 'c1', owner: 'kim' },
    { id: 'c2', owner: 'lee' },
  ]);
});

const refusal = (text: string, owner?: string): string => {
  try {
    cardsIn(text, { file: 'list', owner });
  } catch (error) {
    if (error instanceof Refused) return error.message;
  }
  return 'accepted';
};

test('a wrong line is refused with its file and number, before any card is asked for', () => {
  for (const [line, words] of [
    ['c1', /^list line 2: found c1; allowed is/],
    ['""', /^list line 2: found ""/],
    ['{"owner":"kim"}', /^list line 2/],
    ['"c2"', /^list line 2: the card 'c2' has no owner/],
  ] as const)
    assert.match(refusal(`{"id":"c1","owner":"kim"}\n${line}`), words);
});

test('a line with a key that is not known is refused, also when --owner names an owner', () => {
  assert.is(
    refusal('{"id":"c2","ownr":"lee"}', 'kim'),
    `list line 1: found the key "ownr", did you mean 'owner'?; allowed are id, owner`,
  );
  assert.is(
    refusal('{"id":"c2","colour":1}', 'kim'),
    'list line 1: found the key "colour"; allowed are id, owner',
  );
});

test('all wrong lines are named, up to twenty', () => {
  assert.equal(refusal('"c1"\n1\n"c2"\n2', 'kim').split('\n').length, 2);
  const many = refusal('1\n'.repeat(25), 'kim').split('\n');
  assert.match(many[19] ?? '', /^list line 20: /);
  assert.equal(many.slice(20), ['and 5 more of 25 wrong lines']);
});

test('the record survives a crash in the middle of a line, and failures are asked for again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'burn-'));
  try {
    const path = join(folder, 'ends');
    const record = BurnRecord.open(path);
    record.note({ id: 'c1', outcome: 'done' });
    record.note({ id: 'c2', outcome: 'failed', note: 'no' });
    record.note({ id: 'c3', outcome: 'partly', note: '[]' });
    await appendFile(path, '{"id":"c4","outcome":"do');
    const again = BurnRecord.open(path);
    assert.equal(
      ['c1', 'c2', 'c3', 'c4', 'c5'].map((id) => again.isOver(id)),
      [true, false, true, false, false],
    );
    again.note({ id: 'c2', outcome: 'done' });
    assert.ok(BurnRecord.open(path).isOver('c2'));
    assert.match(await readFile(path, 'utf8'), /"do\n\{"id":"c2"/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

const cards = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ id: `c${at}`, owner: 'kim' }));

/** Every pause is over at once. */
const atOnceClock: Clock = {
  now: () => 0,
  after(_delayMs, callback) {
    callback();
    return () => undefined;
  },
};

/** `answer`: to the n-th request for a card, from 1. */
function runWith(answer: (id: string, nth: number) => Json | Error, atOnce = 3) {
  const ends: BurnEnd[] = [];
  const asked: string[] = [];
  let open = 0;
  let most = 0;
  const run = new BurnRun({
    atOnce,
    clock: atOnceClock,
    ended: (end) => ends.push(end),
    access: {
      request: async (_action, data) => {
        const { id } = data as { id: string };
        asked.push(id);
        open += 1;
        most = Math.max(most, open);
        await Promise.resolve();
        open -= 1;
        const said = answer(id, asked.filter((each) => each === id).length);
        if (said instanceof Error) throw said;
        return said;
      },
    },
  });
  return { run, ends, asked, most: () => most };
}

test('all cards are asked for, and never more at once than wanted', async () => {
  const { run, asked, ends, most } = runWith(() => ({}));
  assert.equal(await run.burn(cards(20)), { done: 20, partly: 0, failed: 0 });
  assert.equal([new Set(asked).size, ends.length, most()], [20, 20, 3]);
});

test('a refusal is final, and a card with files that are left is partly done', async () => {
  const refusal = { error: { code: 403, name: 'not-permitted', message: 'only the owner' } };
  const partly = [{ url: 'file:///a', reason: 'no' }];
  const { run, asked, ends } = runWith((id) => (id === 'c0' ? refusal : { partly }));
  assert.equal(await run.burn(cards(2)), { done: 0, partly: 1, failed: 1 });
  assert.equal(asked, ['c0', 'c1']);
  assert.equal(
    ends.find(({ id }) => id === 'c0'),
    { id: 'c0', outcome: 'failed', note: 'only the owner' },
  );
});

test('a lost answer and a deletion that goes on are asked for again, a few times', async () => {
  const late = { error: { code: 408, name: 'timed-out', message: 'it goes on' } };
  const { run, asked } = runWith((id, nth) => {
    if (id === 'c0') return nth < 3 ? new Transient('timed-out', 'no answer') : {};
    return id === 'c1' ? late : new Refused('not-found', 'no service');
  });
  assert.equal(await run.burn(cards(3)), { done: 1, partly: 0, failed: 2 });
  assert.equal(
    ['c0', 'c1', 'c2'].map((id) => asked.filter((each) => each === id).length),
    [3, 4, 1],
  );
});

test('a stopped run asks for no further card and waits for the open ones', async () => {
  const { run, asked, ends } = runWith((id) => {
    if (id === 'c4') run.stop();
    return {};
  });
  await run.burn(cards(100));
  assert.ok(asked.length < 10);
  assert.is(ends.length, asked.length);
});

test('the texts have the counts, the rate and the time that is left', () => {
  const report = burnReport(10_000, 1_000, { done: 3_000, partly: 2, failed: 1 }, 10_000);
  assert.is(progressLine(report), '3000 done, 2 partly, 1 failed, 5997 to do, 300/s, 20 s left');
  assert.equal(reportLines(report, 'list.ends'), [
    '4002 of 10000 cards are deleted, 1000 of them before this run: 10 s, 300 cards a second',
    '2 had files that were not removed in time, named in list.ends',
    '1 are not deleted, with their reasons in list.ends; another run tries them again',
    '5997 were not asked for; run the command again to go on with them',
  ]);
  const over = burnReport(2, 0, { done: 0, partly: 0, failed: 2 }, 0);
  assert.equal(reportLines(over, 'x').slice(1), [
    '2 are not deleted, with their reasons in x; another run tries them again',
  ]);
  const none = burnReport(3, 3, { done: 0, partly: 0, failed: 0 }, 0);
  assert.is(progressLine(none), '0 done, 0 failed, 0 to do');
  assert.equal(reportLines(none, 'x').length, 1);
});

test.run();
