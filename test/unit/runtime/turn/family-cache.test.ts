import type { Input } from '../../../../runtime/messages/input.ts';
import { addressId } from '../../../../runtime/ports/address.ts';
import type { AskRow, TurnCommit } from '../../../../runtime/ports/journal-rows.ts';
import type { Family } from '../../../../runtime/step/family.ts';
import { FamilyCache } from '../../../../runtime/turn/family-cache.ts';
import { turn } from '../../../contract/journal/samples.ts';
import { assert, suite } from '../../../support/suite.ts';
import { address, eventInput } from './turn-bench.ts';

const test = suite('family cache');
const family = { tokens: 0 } as Family;

function message(identity: string, more: Partial<{ key: string; starts: boolean }> = {}): Input {
  return { ...eventInput('add', {}, { identity, ...more }), settle: () => undefined };
}

function id(key?: string): string {
  return addressId(address(key));
}

/** A cache and what it is told of one actor. */
function cacheWith(options: Partial<ConstructorParameters<typeof FamilyCache>[0]> = {}) {
  const cache = new FamilyCache({ max: 2, alone: true, ...options });
  const put = (key: string, expectedVersion: number, more: Partial<TurnCommit> = {}): void =>
    cache.put(id(key), turn({ address: address(key), expectedVersion, ...more }), family);
  return { cache, put };
}

function question(correlationId: string): AskRow {
  return { correlationId, address: address(), path: [], event: 'answered' };
}

test('the one whose last turn is longest ago goes first', () => {
  const { cache, put } = cacheWith();
  for (const key of ['a', 'b', 'a', 'c']) put(key, 0);
  assert.equal(
    ['a', 'b', 'c'].map((key) => cache.get(id(key)) !== undefined),
    [true, false, true],
  );
});

test('what is dropped is not had any more', () => {
  const { cache, put } = cacheWith();
  put('one', 0);
  cache.drop(id());
  assert.is(cache.get(id()), undefined);
});

test('alone with the journal, everything kept is believed', () => {
  const { cache, put } = cacheWith();
  put('one', 0);
  assert.is(cache.trusted(id(), [message('m1')])?.version, 1);
});

test('with others, belief is earned by a run of loads that found nothing changed, and lost by one that did', () => {
  const { cache, put } = cacheWith({ alone: false });
  put('one', 0);
  const isTrusted = (): boolean => cache.trusted(id(), [message('m1')]) !== undefined;
  const believed: boolean[] = [];
  for (let load = 0; load < 64; load += 1) {
    believed.push(isTrusted());
    cache.loaded([message('m1')], cache.get(id()), 1);
  }
  assert.is(believed.includes(true), false);
  assert.is(isTrusted(), true);
  cache.loaded([message('m1')], cache.get(id()), 2);
  assert.is(isTrusted(), false);
});

test('that an actor is not there is believed after a run of loads that found none, of a message that may start it', () => {
  const { cache } = cacheWith();
  const [starts, goesOn] = [[message('m1', { starts: true })], [message('m2', { starts: false })]];
  const versions: (number | undefined)[] = [];
  for (let load = 0; load < 64; load += 1) {
    versions.push(cache.trusted(id(), starts)?.version);
    cache.loaded(starts, undefined, 0);
  }
  assert.equal([...new Set(versions), cache.trusted(id(), starts)?.version], [undefined, 0]);
  assert.is(cache.trusted(id(), goesOn), undefined);
  cache.loaded(starts, undefined, 7);
  assert.is(cache.trusted(id(), starts), undefined);
});

test('what turned out wrong ends every belief', () => {
  const { cache } = cacheWith();
  const starts = [message('m1', { starts: true })];
  for (let load = 0; load < 64; load += 1) cache.loaded(starts, undefined, 0);
  cache.distrust();
  assert.is(cache.trusted(id(), starts), undefined);
});

test('a message handled a moment ago is asked about, whoever of several actors it was for', () => {
  const { cache, put } = cacheWith();
  for (const key of ['one', 'two']) put(key, 0);
  cache.handled(message('m1'));
  const believed = (key: string, ...ids: string[]) =>
    cache.trusted(
      id(key),
      ids.map((messageId) => message(messageId, { key })),
    ) !== undefined;
  assert.equal(
    [believed('one', 'm2', 'm1'), believed('two', 'm1'), believed('one', 'm2')],
    [false, false, true],
  );
});

test('not more than some thousands of messages are remembered', () => {
  const { cache, put } = cacheWith();
  put('one', 0);
  cache.handled(message('first'));
  for (let n = 0; n < 4_096; n += 1) cache.handled(message(`m${n}`));
  assert.is(cache.trusted(id(), [message('first')])?.version, 1);
});

test('a question is known until it is answered, while its family is kept', () => {
  const { cache, put } = cacheWith();
  put('one', 0, { asks: [question('c1'), question('c2')] });
  put('one', 1, { answered: ['c1'] });
  assert.equal([cache.ask('c1'), cache.ask('c2')], [undefined, question('c2')]);
  cache.drop(id());
  assert.is(cache.ask('c2'), undefined);
});

test('a question is not known any more when its actor has ended or somebody else has gone on with it', () => {
  const { cache, put } = cacheWith();
  put('one', 0, { asks: [question('c1')] });
  put('one', 1, { record: { machineVersion: 1, status: 'done', family: null } });
  put('two', 0, { asks: [question('c2')] });
  put('two', 5);
  assert.equal([cache.ask('c1'), cache.ask('c2')], [undefined, undefined]);
});

test('of one actor not more than a thousand questions are known, the latest', () => {
  const { cache, put } = cacheWith();
  put('one', 0, { asks: Array.from({ length: 1_100 }, (_, n) => question(`c${n}`)) });
  assert.equal([cache.ask('c0'), cache.ask('c1099')?.correlationId], [undefined, 'c1099']);
});

test.run();
