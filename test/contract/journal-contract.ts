/**
 * What every journal must do, as tests. Run on memory, PGlite and PostgreSQL; the numbers are those of `runtime/journal.ts`.
 */
import type { ActorAddress } from '../../runtime/address.ts';
import { Conflict, Refused } from '../../runtime/errors.ts';
import type { FailpointName, Failpoints } from '../../runtime/failpoints.ts';
import type {
  ActivityRow,
  ActorRecord,
  AskRow,
  DeadLetter,
  HistoryLine,
  Journal,
  OutboxRow,
  TimerRow,
  TurnCommit,
} from '../../runtime/journal.ts';
import type { Json } from '../../runtime/json.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { add, explode } from './ledger-store.ts';

export interface JournalUnderTest {
  readonly journal: Journal;
  /** What the store beside it holds. */
  names(): Promise<Json>;
}

/** How a kind of journal is had. */
export interface JournalBench {
  /** An open journal that holds nothing, and an empty store beside it. */
  fresh(failpoints: Failpoints): Promise<JournalUnderTest>;
  /** The same after a restart: what was open has been closed, what is stored is there. */
  reopened(failpoints: Failpoints): Promise<JournalUnderTest>;
  /** Closes what is open and takes away what is stored. */
  end(): Promise<void>;
}

export const anActor: ActorAddress = { service: 'objects', machine: 'delete-saga', key: 'saga-1' };
export const nobody = { outbox: 0, asks: 0, timers: 0, activities: 0, history: 0, deadLetters: 0 };

export function actor(key: string, service = 'objects'): ActorAddress {
  return { service, machine: 'delete-saga', key };
}

export function record(family: Json, status: ActorRecord['status'] = 'active'): ActorRecord {
  return { machineVersion: 3, status, family };
}

/** A turn that only stores a record, and whatever else is given. */
export function turn(parts: Partial<TurnCommit> = {}): TurnCommit {
  return {
    address: anActor,
    expectedVersion: 0,
    record: record({ value: 'asking' }),
    inbox: [],
    answers: [],
    outbox: [],
    asks: [],
    timers: [],
    timersEnded: [],
    activities: [],
    activitiesEnded: [],
    history: [],
    deadLetters: [],
    writes: [],
    ...parts,
  };
}

export function message(id: string, address = anActor): OutboxRow {
  return {
    id,
    address,
    exchange: 'objects',
    routingKey: 'tags_model_crud',
    mandatory: true,
    properties: { messageId: id, type: 'mayDelete', persistent: true, headers: { ballot: 1, tags: ['a', null] } },
    body: { action: 'mayDelete', data: { id: 'section' } },
    orDefaultExchange: true,
    correlationId: `question-${id}`,
  };
}

function ask(correlationId: string, address = anActor): AskRow {
  return { correlationId, address, path: ['ballot'], event: 'vote', about: { voter: 'tags' } };
}

function timer(token: string, dueAtMs: number, address = anActor): TimerRow {
  return { address, token, dueAtMs };
}

function activity(token: string, address = anActor): ActivityRow {
  return {
    address,
    token,
    path: [],
    machine: 'delete-saga',
    kind: 'remove-file',
    input: { url: 'file:///a' },
    attempt: 0,
    notBeforeMs: 1_000,
  };
}

function line(id: string, atMs: number, topic = 'saga-1'): HistoryLine {
  return { id, topic, address: anActor, atMs, line: { what: `line ${id}` } };
}

export function letter(id: string, atMs: number, service = 'objects'): DeadLetter {
  return {
    id,
    service,
    reason: 'unknown action',
    stack: 'Error\n  at x',
    exchange: 'objects',
    routingKey: 'k',
    properties: { persistent: false },
    body: 'eyJhIjoxfQ==',
    atMs,
  };
}

/** One of everything a turn can ask for. */
function everything(): TurnCommit {
  return turn({
    inbox: [{ messageId: 'm1', answer: { agreed: true } }],
    outbox: [message('o1')],
    asks: [ask('c1')],
    timers: [timer('t1', 5_000)],
    activities: [activity('a1')],
    history: [line('h1', 10)],
    deadLetters: [letter('d1', 10)],
    writes: [add('first'), add('second')],
  });
}

/** Throws at one failpoint while `at` names it. */
class Breaking implements Failpoints {
  at: FailpointName | undefined;

  reach(name: FailpointName): void {
    if (name === this.at) throw new Error(`broken at ${name}`);
  }
}

export function journalContract(name: string, createBench: () => Promise<JournalBench>, options: SuiteOptions = {}): void {
  const test = suite(`journal: ${name}`, options);
  const failpoints = new Breaking();
  let bench: JournalBench;
  let journal: Journal;
  let names: () => Promise<Json>;

  test.before(async () => {
    bench = await createBench();
  });
  test.before.each(async () => {
    failpoints.at = undefined;
    ({ journal, names } = await bench.fresh(failpoints));
  });
  test.after(() => bench?.end());

  async function loaded(address = anActor, messageIds: readonly string[] = []) {
    const [first] = await journal.load([{ address, messageIds }]);
    return first;
  }

  async function assertEmpty(): Promise<void> {
    assert.equal(await journal.counts(), { ...nobody, actors: 0, inbox: 0 });
    assert.equal(await names(), []);
  }

  test('open may be called again, and at the same time', async () => {
    await journal.commit('one', [turn()]);
    await Promise.all([journal.open(), journal.open()]);
    assert.is((await loaded())?.version, 1);
  });

  test('1: a commit stores the record, everything the turn asked for, and its writes', async () => {
    await journal.commit('one', [everything()]);
    const one = { outbox: 1, asks: 1, timers: 1, activities: 1, history: 1, deadLetters: 1 };
    assert.equal(await journal.counts(), { ...one, actors: 1, inbox: 1 });
    assert.equal(await names(), ['first', 'second']);
    assert.equal(await loaded(), { version: 1, record: record({ value: 'asking' }), seen: [] });
  });

  test('1: a store that breaks takes the whole commit back, the writes before it included', async () => {
    const good = turn({ address: actor('good'), writes: [add('of the good one')] });
    const bad = { ...everything(), writes: [add('first'), explode] };
    await assert.rejects(journal.commit('one', [good, bad]), TypeError);
    await assertEmpty();
  });

  for (const at of ['commit.before-writes', 'commit.after-writes', 'commit.before-end'] as const) {
    test(`1: a commit cut off at ${at} leaves nothing`, async () => {
      failpoints.at = at;
      await assert.rejects(journal.commit('one', [everything()]), /broken at/);
      await assert.rejects(journal.commit('one', [turn({ inbox: [{ messageId: 'm1' }] })]), /broken at/);
      await assertEmpty();
    });
  }

  test('1: one actor that is out of date takes the batch back', async () => {
    await journal.commit('one', [turn({ address: actor('old') })]);
    const stale = turn({ address: actor('old'), expectedVersion: 0 });
    await assert.rejects(journal.commit('one', [turn({ address: actor('new'), outbox: [message('o1')] }), stale]), Conflict);
    assert.is((await loaded(actor('new')))?.version, 0);
    assert.is((await journal.counts()).outbox, 0);
  });

  test('1: a batch of many actors is stored, each with its own', async () => {
    const keys = Array.from({ length: 120 }, (_, n) => `saga-${n}`);
    await journal.commit(
      'one',
      keys.map((key) => turn({ address: actor(key), record: record({ key }), inbox: [{ messageId: key }] })),
    );
    const requests = [...keys].reverse().map((key) => ({ address: actor(key), messageIds: [key, 'other'] }));
    const found = await journal.load(requests);
    assert.equal(
      found.map((each) => each.record?.family),
      [...keys].reverse().map((key) => ({ key })),
    );
    assert.equal(
      found.map((each) => each.seen),
      [...keys].reverse().map((key) => [{ messageId: key }]),
    );
  });

  test('1: an empty commit is no error', async () => {
    await journal.commit('one', []);
    await assertEmpty();
  });

  test('1: commits at the same time all arrive', async () => {
    const commits = Array.from({ length: 20 }, (_, n) =>
      journal.commit('one', [turn({ address: actor(`saga-${n}`), writes: n % 2 === 0 ? [add(`name ${n}`)] : [] })]),
    );
    await Promise.all(commits);
    assert.is((await journal.counts()).actors, 20);
    assert.is(((await names()) as readonly Json[]).length, 10);
  });

  test('2: the next version is one more', async () => {
    await journal.commit('one', [turn()]);
    await journal.commit('one', [turn({ expectedVersion: 1, record: record({ value: 'deciding' }) })]);
    assert.equal(await loaded(), { version: 2, record: record({ value: 'deciding' }), seen: [] });
  });

  const outOfDate: readonly (readonly [string, Partial<TurnCommit>])[] = [
    ['a new actor that is there', { expectedVersion: 0 }],
    ['a version that is past', { expectedVersion: 1 }],
    ['a version that is not yet', { expectedVersion: 3 }],
    ['a deletion of a version that is past', { expectedVersion: 1, record: null }],
    ['an absence that does not hold', { expectedVersion: 0, record: null }],
    ['an actor that was never there', { address: actor('unknown'), expectedVersion: 1 }],
    ['a deletion of an actor that was never there', { address: actor('unknown'), expectedVersion: 1, record: null }],
  ];
  for (const [what, parts] of outOfDate) {
    for (const writes of [[], [add('written')]]) {
      test(`2: ${what} is a conflict (${writes.length} writes)`, async () => {
        await journal.commit('one', [turn()]);
        await journal.commit('one', [turn({ expectedVersion: 1 })]);
        const late = turn({ ...parts, writes, inbox: [{ messageId: 'm1' }], outbox: [message('o1')] });
        await assert.rejects(journal.commit('one', [late]), Conflict);
        assert.equal(await journal.counts(), { ...nobody, actors: 1, inbox: 0 });
        assert.is((await loaded())?.version, 2);
        assert.equal(await names(), []);
      });
    }
  }

  test('2: of two commits of one actor at the same time one wins', async () => {
    await journal.commit('one', [turn()]);
    const next = (value: string) => journal.commit('one', [turn({ expectedVersion: 1, record: record(value), writes: [add(value)] })]);
    const results = await Promise.allSettled([next('a'), next('b'), next('c')]);
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.ok(results.every((result) => result.status === 'fulfilled' || result.reason instanceof Conflict));
    assert.equal(await names(), [(await loaded())?.record?.family]);
  });

  test('2: two turns of one actor in one commit are a conflict', async () => {
    await journal.commit('one', [turn()]);
    await assert.rejects(journal.commit('one', [turn({ expectedVersion: 1 }), turn({ expectedVersion: 1 })]), Conflict);
    await assert.rejects(journal.commit('one', [turn({ address: actor('n') }), turn({ address: actor('n') })]), Conflict);
    assert.is((await journal.counts()).actors, 1);
  });

  test('2: a message that was handled already is a conflict', async () => {
    const nothing = turn({ record: null, inbox: [{ messageId: 'm1' }] });
    await journal.commit('one', [nothing]);
    await assert.rejects(journal.commit('one', [nothing]), Conflict);
    assert.is((await journal.counts()).inbox, 1);
  });

  test('2: an expectation that does not hold is a conflict', async () => {
    await journal.commit('one', [turn({ writes: [add('taken')] })]);
    await assert.rejects(journal.commit('one', [turn({ expectedVersion: 1, writes: [add('x', { absent: 'taken' })] })]), Conflict);
    assert.is((await loaded())?.version, 1);
    await journal.commit('one', [turn({ expectedVersion: 1, writes: [add('x', { absent: 'y' })] })]);
    assert.equal(await names(), ['taken', 'x']);
  });

  test("2: a store's refusal comes through as it is", async () => {
    await journal.commit('one', [turn({ writes: [add('taken')] })]);
    const again = journal.commit('one', [turn({ expectedVersion: 1, writes: [add('other'), add('taken')] })]);
    await assert.rejects(again, (error) => error instanceof Refused && error.code === 'name-taken');
    assert.equal(await names(), ['taken']);
    assert.is((await loaded())?.version, 1);
  });

  test('a write to a store that is not there is refused', async () => {
    const lost = { store: 'nowhere', op: 'add', args: null };
    await assert.rejects(journal.commit('one', [turn({ writes: [lost] })]), /no store named nowhere/);
    await assertEmpty();
  });

  test('load leaves out the record that the cache holds', async () => {
    await journal.commit('one', [turn()]);
    const requests = [1, 2].map((cachedVersion) => ({ address: anActor, messageIds: [], cachedVersion }));
    assert.equal(await journal.load(requests), [
      { version: 1, seen: [] },
      { version: 1, record: record({ value: 'asking' }), seen: [] },
    ]);
  });

  test('load of an actor that is not there says version 0, cached or not', async () => {
    const address = actor('unknown');
    assert.equal(
      await journal.load([
        { address, messageIds: ['m1'] },
        { address, messageIds: [], cachedVersion: 4 },
      ]),
      [
        { version: 0, seen: [] },
        { version: 0, seen: [] },
      ],
    );
    assert.equal(await journal.load([]), []);
  });

  test('a stored record is not changed by who committed it or loaded it', async () => {
    const family = { list: [1] };
    await journal.commit('one', [turn({ record: record(family) })]);
    family.list.push(2);
    const first = (await loaded())?.record?.family as { list: number[] };
    first.list.push(3);
    assert.equal((await loaded())?.record?.family, { list: [1] });
  });

  for (const family of [null, 'text', 0, [], { deep: { a: [null, 1.5, { b: '' }] } }] as const) {
    test(`a record may be ${JSON.stringify(family)}`, async () => {
      await journal.commit('one', [turn({ record: record(family) })]);
      await journal.commit('one', [turn({ expectedVersion: 1, record: record(family, 'done') })]);
      assert.equal(await journal.inspect(anActor), record(family, 'done'));
    });
  }

  test('every character comes back, in names and in bodies', async () => {
    const odd = 'NUL \u0000, lone \ud800 and \udfff, pair \u{1f600}, mark \uf8ff, \\u0000, "quote\', \n, {}';
    const address = actor(odd);
    const about = { ...ask(odd, address), about: odd };
    await journal.commit('one', [
      turn({
        address,
        record: record({ [odd]: odd }),
        inbox: [{ messageId: odd, answer: odd }],
        asks: [about],
        outbox: [{ ...message('o1', address), body: odd }],
      }),
    ]);
    assert.equal(await loaded(address, [odd]), { version: 1, record: record({ [odd]: odd }), seen: [{ messageId: odd, answer: odd }] });
    assert.equal(await journal.findAsks([odd]), [about]);
    assert.equal((await journal.adopt('two', ['objects'], 0, 9)).outbox[0]?.body, odd);
    assert.is((await loaded(actor(odd.replace('\u0000', '\u0001'))))?.version, 0);
  });

  test('inbox: what was handled is seen, with the answer that was given, by that actor alone', async () => {
    const inbox = [{ messageId: 'm1' }, { messageId: 'm2', answer: null }, { messageId: 'm3', answer: { agreed: false } }];
    await journal.commit('one', [turn({ inbox })]);
    assert.equal((await loaded(anActor, ['m3', 'm9', 'm1', 'm2']))?.seen, [inbox[2], inbox[0], inbox[1]]);
    assert.equal((await loaded(actor('other'), ['m1']))?.seen, []);
  });

  test('inbox: an answer may be given in a later turn', async () => {
    await journal.commit('one', [turn({ inbox: [{ messageId: 'm1' }] })]);
    const answers = [
      { messageId: 'm1', answer: null },
      { messageId: 'never came', answer: 1 },
    ];
    await journal.commit('one', [turn({ expectedVersion: 1, answers })]);
    assert.equal((await loaded(anActor, ['m1', 'never came']))?.seen, [{ messageId: 'm1', answer: null }]);
  });

  test('a record of null deletes the actor; its inbox stays, and it may begin again', async () => {
    await journal.commit('one', [turn({ inbox: [{ messageId: 'm1' }] })]);
    await journal.commit('one', [turn({ expectedVersion: 1, record: null })]);
    assert.equal(await loaded(anActor, ['m1']), { version: 0, seen: [{ messageId: 'm1' }] });
    assert.is(await journal.inspect(anActor), undefined);
    await journal.commit('one', [turn()]);
    assert.is((await loaded())?.version, 1);
  });

  test('3: an outbox row stays, as it was, until it is forgotten', async () => {
    await journal.commit('one', [turn({ outbox: [message('o2'), message('o1')] })]);
    await journal.forget(['o2', 'unknown']);
    await journal.forget([]);
    assert.equal((await journal.adopt('two', ['objects'], 0, 10)).outbox, [message('o1')]);
  });

  test('3: rows are adopted in the order of their ids, oldest first, so many and no more', async () => {
    const ids = ['o3', 'o1', 'o4', 'o2'];
    for (const id of ids) await journal.commit('one', [turn({ address: actor(id), outbox: [message(id, actor(id))] })]);
    const adopted = async () => (await journal.adopt('two', ['objects'], 0, 3)).outbox.map(({ id }) => id);
    assert.equal(await adopted(), ['o1', 'o2', 'o3']);
    assert.equal(await adopted(), ['o4']);
    assert.equal(await adopted(), []);
  });

  test('5: only what a dead instance held is adopted, and once', async () => {
    await journal.beat('alive', 1_000);
    await journal.beat('dead', 500);
    const held = (id: string) => turn({ address: actor(id), outbox: [message(id, actor(id))], activities: [activity(id, actor(id))] });
    await journal.commit('alive', [held('a')]);
    await journal.commit('dead', [held('b')]);
    await journal.commit('never beat', [held('c')]);
    await journal.beat('two', 1_000);
    const { outbox, activities } = await journal.adopt('two', ['objects'], 1_000, 10);
    assert.equal(
      outbox.map(({ id }) => id),
      ['b', 'c'],
    );
    assert.equal(activities, [activity('b', actor('b')), activity('c', actor('c'))]);
    assert.equal(await journal.adopt('three', ['objects'], 1_000, 10), { outbox: [], activities: [] });
  });

  test('5: a beat keeps what an instance holds; what it left is free at once', async () => {
    await journal.commit('one', [turn({ outbox: [message('o1')], activities: [activity('a1')] })]);
    await journal.beat('one', 100);
    await journal.beat('one', 2_000);
    assert.is((await journal.adopt('two', ['objects'], 2_000, 10)).outbox.length, 0);
    await journal.leave('one');
    assert.is((await journal.adopt('two', ['objects'], 0, 10)).activities.length, 1);
  });

  test('5: nobody adopts what belongs to other services', async () => {
    const other = actor('k', 'tags');
    await journal.commit('dead', [turn({ outbox: [message('o1')] }), turn({ address: other, activities: [activity('a1', other)] })]);
    assert.equal(await journal.adopt('two', ['tags'], 0, 10), { outbox: [], activities: [activity('a1', other)] });
    assert.equal(await journal.adopt('two', ['alerts', 'objects'], 0, 10), { outbox: [message('o1')], activities: [] });
  });

  test('3: two that adopt at the same time share no row', async () => {
    const keys = Array.from({ length: 30 }, (_, n) => `o${n}`);
    await journal.commit(
      'dead',
      keys.map((key) => turn({ address: actor(key), outbox: [message(key, actor(key))] })),
    );
    await Promise.all(['two', 'three'].map((instance) => journal.beat(instance, 10)));
    const adopted = await Promise.all(['two', 'three'].map((instance) => journal.adopt(instance, ['objects'], 10, 100)));
    const ids = adopted.flatMap(({ outbox }) => outbox.map(({ id }) => id));
    assert.is(new Set(ids).size, ids.length);
  });

  test('asks are found as they were, in the order asked for', async () => {
    const plain: AskRow = { correlationId: 'c2', address: anActor, path: [], event: 'vote' };
    await journal.commit('one', [turn({ asks: [ask('c1'), plain, ask('c3')] })]);
    assert.equal(await journal.findAsks(['c3', 'unknown', 'c2']), [ask('c3'), plain]);
    assert.equal(await journal.findAsks([]), []);
  });

  test('asks stay from turn to turn; a question put again takes its own place', async () => {
    await journal.commit('one', [turn({ asks: [ask('c1')] })]);
    await journal.commit('one', [turn({ expectedVersion: 1, asks: [{ ...ask('c1'), event: 'vote again' }, ask('c2')] })]);
    assert.equal(
      (await journal.findAsks(['c1', 'c2'])).map(({ event }) => event),
      ['vote again', 'vote'],
    );
  });

  for (const [how, end] of [
    ['is done', record(null, 'done')],
    ['failed', record(null, 'error')],
    ['is deleted', null],
  ] as const) {
    test(`asks of an actor that ${how} are gone, those of others not`, async () => {
      await journal.commit('one', [turn({ asks: [ask('c1')] }), turn({ address: actor('b'), asks: [ask('c2', actor('b'))] })]);
      await journal.commit('one', [turn({ expectedVersion: 1, record: end, asks: [ask('c3')] })]);
      assert.equal(await journal.findAsks(['c1', 'c2', 'c3']), [ask('c2', actor('b'))]);
    });
  }

  test('4: timers are handed out soonest first, those of these services that are due', async () => {
    const tags = actor('k', 'tags');
    await journal.commit('one', [
      turn({ timers: [timer('t3', 300), timer('t1', 100), timer('t9', 900)] }),
      turn({ address: tags, timers: [timer('t2', 200, tags)] }),
    ]);
    assert.equal(await journal.dueTimers(['objects', 'tags'], 300, 10), [timer('t1', 100), timer('t2', 200, tags), timer('t3', 300)]);
    assert.equal(await journal.dueTimers(['tags', 'objects'], 900, 2), [timer('t1', 100), timer('t2', 200, tags)]);
    assert.equal(await journal.dueTimers(['tags'], 199, 10), []);
  });

  test('4: a timer is handed out again until a turn that consumed it commits', async () => {
    await journal.commit('one', [turn({ timers: [timer('t1', 100), timer('t2', 100)] })]);
    assert.is((await journal.dueTimers(['objects'], 100, 10)).length, 2);
    await assert.rejects(journal.commit('one', [turn({ expectedVersion: 9, timersEnded: ['t1'] })]), Conflict);
    assert.is((await journal.dueTimers(['objects'], 100, 10)).length, 2);
    await journal.commit('one', [turn({ expectedVersion: 1, timersEnded: ['t1', 'unknown'] })]);
    assert.equal(await journal.dueTimers(['objects'], 100, 10), [timer('t2', 100)]);
  });

  test('4: a token ends the timer of its own actor alone; one begun and ended in a turn never is', async () => {
    await journal.commit('one', [turn({ timers: [timer('t1', 1)] }), turn({ address: actor('b'), timers: [timer('t1', 1, actor('b'))] })]);
    await journal.commit('one', [turn({ expectedVersion: 1, timers: [timer('t2', 2)], timersEnded: ['t2', 't1'] })]);
    assert.equal(await journal.dueTimers(['objects'], 9, 10), [timer('t1', 1, actor('b'))]);
  });

  test('4: the next timer is the first one after that moment', async () => {
    const tags = actor('k', 'tags');
    assert.is(await journal.nextTimerAtMs(['objects'], 0), undefined);
    const rows = [turn({ timers: [timer('t1', 100), timer('t2', 250.5)] }), turn({ address: tags, timers: [timer('t3', 200, tags)] })];
    await journal.commit('one', rows);
    assert.is(await journal.nextTimerAtMs(['objects', 'tags'], 0), 100);
    assert.is(await journal.nextTimerAtMs(['objects', 'tags'], 100), 200);
    assert.is(await journal.nextTimerAtMs(['objects'], 100), 250.5);
    assert.is(await journal.nextTimerAtMs(['tags'], 200), undefined);
    assert.is(await journal.nextTimerAtMs([], 0), undefined);
  });

  test('activities: a failed try is noted, and adopted with what was noted', async () => {
    await journal.commit('dead', [turn({ activities: [activity('a1')] })]);
    assert.is(await journal.postponeActivity(anActor, 'a1', 2, 7_500), true);
    const { activities } = await journal.adopt('two', ['objects'], 0, 10);
    assert.equal(activities, [{ ...activity('a1'), attempt: 2, notBeforeMs: 7_500 }]);
  });

  test('activities: one that ended is not noted and not adopted', async () => {
    await journal.commit('dead', [turn({ activities: [activity('a1'), activity('a2')] })]);
    await journal.commit('dead', [turn({ expectedVersion: 1, activitiesEnded: ['a1'] })]);
    assert.is(await journal.postponeActivity(anActor, 'a1', 1, 1), false);
    assert.is(await journal.postponeActivity(actor('other'), 'a2', 1, 1), false);
    assert.equal((await journal.adopt('two', ['objects'], 0, 10)).activities, [activity('a2')]);
  });

  test('history is found by topic, oldest first', async () => {
    await journal.commit('one', [turn({ history: [line('h2', 20), line('h1', 10), line('h3', 5, 'other')] })]);
    await journal.commit('one', [turn({ expectedVersion: 1, history: [line('h5', 20), line('h4', 20)] })]);
    assert.equal(await journal.history('saga-1'), [line('h1', 10), line('h2', 20), line('h4', 20), line('h5', 20)]);
    assert.equal(await journal.history('nothing'), []);
  });

  test('dead letters come newest first, whole, of these services', async () => {
    const { stack: _, ...brief } = letter('d2', 20);
    await journal.commit('one', [turn({ deadLetters: [letter('d1', 10), letter('d4', 30, 'tags')] })]);
    await journal.bury(brief);
    await journal.bury(letter('d3', 30));
    assert.equal(await journal.deadLetters(['objects'], 10), [letter('d3', 30), brief, letter('d1', 10)]);
    assert.equal(
      (await journal.deadLetters(['objects', 'tags'], 2)).map(({ id }) => id),
      ['d4', 'd3'],
    );
  });

  test('inspect shows one actor as it is stored', async () => {
    await journal.commit('one', [turn({ record: record({ value: 'x' }, 'error') })]);
    assert.equal(await journal.inspect(anActor), { machineVersion: 3, status: 'error', family: { value: 'x' } });
    assert.is(await journal.inspect({ ...anActor, machine: 'other' }), undefined);
  });

  test.run();
}

/** What a journal that outlives its process must do besides. `createBench` is called once a test. */
export function journalRestartContract(name: string, createBench: () => Promise<JournalBench>, options: SuiteOptions = {}): void {
  const test = suite(`journal after a restart: ${name}`, options);
  const failpoints = new Breaking();
  let bench: JournalBench;

  test.before.each(async () => {
    bench = await createBench();
  });
  test.after.each(() => bench.end());

  test('closed and opened again it holds what was committed', async () => {
    const first = await bench.fresh(failpoints);
    await first.journal.commit('one', [everything()]);
    const counted = await first.journal.counts();
    await first.journal.close();
    await first.journal.close();
    const second = await bench.reopened(failpoints);
    assert.equal(await second.journal.counts(), counted);
    assert.equal(await second.names(), ['first', 'second']);
    assert.equal((await second.journal.load([{ address: anActor, messageIds: ['m1'] }]))[0], {
      version: 1,
      record: record({ value: 'asking' }),
      seen: [{ messageId: 'm1', answer: { agreed: true } }],
    });
    assert.equal((await second.journal.adopt('two', ['objects'], 0, 10)).outbox, [message('o1')]);
  });

  test('a closed journal says that it cannot be reached', async () => {
    const { journal } = await bench.fresh(failpoints);
    await journal.close();
    await assert.rejects(
      journal.commit('one', [turn()]),
      (error) => error instanceof Error && 'code' in error && error.code === 'not-reachable',
    );
    await assert.rejects(
      journal.load([{ address: anActor, messageIds: [] }]),
      (error) => error instanceof Error && 'code' in error && error.code === 'not-reachable',
    );
  });

  test.run();
}
