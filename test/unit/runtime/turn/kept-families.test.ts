/** What the turn loop asks the journal for, and what it knows of the turns before. */
import { assert, suite } from '../../../support/suite.ts';
import { asker, TurnBench } from './turn-bench.ts';

const test = suite('turn loop: kept families');

/** A journal that counts what it is asked for, alone or with others over it. */
function counting(loads: string[][], exclusive: boolean) {
  return {
    journal: (real: TurnBench['journal']) => ({
      exclusive,
      load: (requests: Parameters<typeof real.load>[0]) => {
        loads.push(requests.map(({ address }) => address.key));
        return real.load(requests);
      },
    }),
  };
}

test('an actor that is kept is not asked for again; one that had to go is', async () => {
  const loads: string[][] = [];
  const bench = await TurnBench.open(counting(loads, true));
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await bench.event('add', { n: 1 }, { key });
  assert.equal(loads, [['a'], ['b'], ['c'], ['b']]);
  assert.equal(
    [await bench.state('a'), await bench.state('b')],
    [
      ['open', 3],
      ['open', 2],
    ],
  );
});

test('of a batch only those are asked for that are not kept', async () => {
  const loads: string[][] = [];
  const bench = await TurnBench.open(counting(loads, true));
  await bench.event('add', { n: 1 }, { key: 'a' });
  await Promise.all(['b', 'a', 'c'].map((key) => bench.event('add', { n: 1 }, { key })));
  assert.equal(loads, [['a'], ['b', 'c']]);
  assert.equal(
    [await bench.state('a'), await bench.state('b'), await bench.state('c')],
    [
      ['open', 2],
      ['open', 1],
      ['open', 1],
    ],
  );
});

test('a message that comes again is asked for, and its answer given again', async () => {
  const loads: string[][] = [];
  const bench = await TurnBench.open(counting(loads, true));
  for (const identity of ['m1', 'm2', 'm1'])
    await bench.event('add', { n: 1 }, { identity, replyTo: asker(identity) });
  assert.equal([loads.length, await bench.state()], [2, ['open', 2]]);
  assert.equal(bench.answers, [{ count: 1 }, { count: 2 }, { count: 1 }]);
});

test('with other processes over the journal every actor is asked for, until for long none was changed by them', async () => {
  const loads: string[][] = [];
  const bench = await TurnBench.open(counting(loads, false));
  for (let n = 0; n < 70; n += 1) await bench.event('add', { n: 1 });
  assert.equal([loads.length, await bench.state()], [65, ['open', 70]]);
});

/** The answer to a question that was known without asking the journal. */
function remembered(asked: string) {
  return { starts: false, ignoreIfAbsent: true, answer: true, asked, remembered: true };
}

test('a question is known while its actor is kept, and its answer taken without asking the journal', async () => {
  const bench = await TurnBench.open();
  await bench.event('pay');
  const asked = bench.commits[0]?.asks[0]?.correlationId ?? '';
  assert.equal(bench.families.ask(asked)?.event, 'paid');
  await bench.event('paid', {}, remembered(asked));
  assert.equal([await bench.state(), bench.families.ask(asked)], [['open', 0], undefined]);
});

test('an answer changes nothing when its question has gone with a life that another process has ended', async () => {
  const bench = await TurnBench.open();
  await bench.event('pay');
  const asked = bench.commits[0]?.asks[0]?.correlationId ?? '';
  const other = await TurnBench.open({
    journal: () => ({
      load: (all) => bench.journal.load(all),
      commit: (who, all) => bench.journal.commit(who, all),
    }),
  });
  await other.event('paid', {}, { ...remembered(asked), remembered: false });
  for (const type of ['close', 'pay']) await other.event(type);
  assert.is(await bench.event('paid', {}, remembered(asked)), 'done');
  assert.equal(
    [await bench.state(), (await bench.journal.counts()).deadLetters],
    [['paying', 0], 0],
  );
});

test('what another process has changed behind a belief is seen, and ends the belief', async () => {
  const loads: string[][] = [];
  const bench = await TurnBench.open(counting(loads, false));
  for (let n = 0; n < 66; n += 1) await bench.event('add', { n: 1 });
  const other = await TurnBench.open({
    journal: () => ({
      load: (all) => bench.journal.load(all),
      commit: (who, all) => bench.journal.commit(who, all),
    }),
  });
  await other.event('add', { n: 100 });
  await Promise.all([bench.event('add', { n: 1 }), bench.event('add', { n: 1 }, { key: 'two' })]);
  await bench.event('add', { n: 1 });
  assert.equal(
    [await bench.state(), await bench.state('two')],
    [
      ['open', 168],
      ['open', 1],
    ],
  );
  assert.equal(loads.slice(65), [['two'], ['one', 'two'], ['one']]);
});

test.run();
