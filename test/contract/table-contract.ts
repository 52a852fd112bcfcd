/**
 * What every table must do, as tests. Run on memory, PGlite and PostgreSQL; the rules are those of
 * `actors/table/operations.ts`.
 */
import { Type } from 'typebox';
import { defineTable, type RowOf } from '../../actors/table/table.ts';
import { Broken, Conflict, Refused } from '../../runtime/ports/errors.ts';
import type { ReadOf } from '../../runtime/ports/store.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import type { StoreBench, StoreUnderTest } from './store-bench.ts';

/** The table under test. */
export const parcels = defineTable('parcels', {
  row: Type.Object({
    owner: Type.Union([Type.String(), Type.Null()]),
    note: Type.Optional(Type.String()),
    place: Type.String(),
    weight: Type.Number(),
    labels: Type.Array(Type.String()),
    size: Type.Object({ wide: Type.Integer(), unit: Type.Optional(Type.String()) }),
  }),
  by: ['owner', 'note', 'place'],
});
type Parcel = RowOf<typeof parcels>;

const plain = { owner: 'kim', place: 'a1', weight: 0.1, labels: ['x', 'y'], size: { wide: 2 } };

function add(id: string, members: Partial<Omit<Parcel, 'id' | 'version'>> = {}) {
  return parcels.add(id, { ...plain, ...members });
}

export function tableContract(kind: string, bench: StoreBench, options: SuiteOptions = {}): void {
  const test = suite(`table on ${kind}`, options);
  let store: StoreUnderTest;
  test.before.each(async () => {
    store = await bench.fresh();
  });
  test.after(() => bench.end());

  // The casts stand where a machine takes the result of a read from its event.
  const rows = async (read: ReadOf<readonly Parcel[]>) =>
    (await store.read(read)) as unknown as readonly Parcel[];
  const ids = async (read: ReadOf<readonly Parcel[]>) => (await rows(read)).map(({ id }) => id);
  const row = async (id = 'p1') => (await rows(parcels.get(id)))[0];

  test('a row comes back as it was added, in version 1', async () => {
    await store.apply(add('p1', { note: 'careful' }));
    assert.equal(await rows(parcels.get(['p1'])), [
      { ...plain, note: 'careful', id: 'p1', version: 1 },
    ]);
  });

  test('numbers, nested values and any text come back as they were added', async () => {
    const place = `'?\\ "$1" \u{1F4E6} \n <&>`;
    const size = { wide: -7, unit: place };
    for (const weight of [0, -1.5, 1e21, 5e-324, 1.7976931348623157e308, 0.1 + 0.2])
      await store.apply(add(`w${weight}`, { weight, place, size, labels: [place, ''] }));
    assert.equal(
      (await rows(parcels.find({ place }))).map(({ weight }) => weight),
      [-1.5, 0, 0.1 + 0.2, 1.7976931348623157e308, 1e21, 5e-324],
    );
    assert.equal((await row('w0'))?.size, size);
    assert.equal((await row('w0'))?.labels, [place, '']);
  });

  test('any text is an id, and __proto__ is one', async () => {
    const names = ['__proto__', 'constructor', "'", '?', '\\', ' ', 'é'.repeat(250)];
    await store.apply(...names.map((id) => add(id)));
    const found = await rows(parcels.get(names));
    assert.is(found.length, names.length);
    await store.apply(...found.map((parcel) => parcels.change(parcel, { weight: 2 })));
    await store.apply(...(await rows(parcels.get(names))).map((parcel) => parcels.remove(parcel)));
    assert.equal(await ids(parcels.find({})), []);
  });

  test('rows that are not there are not found', async () => {
    await store.apply(add('p1'));
    assert.equal(await ids(parcels.get(['nobody', 'p1', 'p1', 'a\0b', '\uD800'])), ['p1']);
    assert.equal(await ids(parcels.get([])), []);
    assert.equal(await ids(parcels.find({ place: [] })), []);
    assert.equal(await ids(parcels.find({ place: ['nowhere', 'a\0b'] })), []);
  });

  test('rows are found by one of several values, and every given member must fit', async () => {
    await store.apply(
      add('p1', { owner: 'kim', place: 'a1' }),
      add('p2', { owner: 'kim', place: 'a2' }),
      add('p3', { owner: 'lee', place: 'a2' }),
      add('p4', { owner: null, place: 'a3', note: 'n' }),
    );
    assert.equal(await ids(parcels.find({ owner: 'kim' })), ['p1', 'p2']);
    assert.equal(await ids(parcels.find({ owner: ['lee', 'kim', 'lee'] })), ['p1', 'p2', 'p3']);
    assert.equal(await ids(parcels.find({ owner: ['kim', 'lee'], place: 'a2' })), ['p2', 'p3']);
    assert.equal(await ids(parcels.find({ owner: 'kim', place: 'a3' })), []);
    assert.equal(await ids(parcels.find({})), ['p1', 'p2', 'p3', 'p4']);
  });

  test('null finds rows with null, and rows without the member', async () => {
    await store.apply(add('p1', { owner: null }), add('p2', { note: 'n' }));
    assert.equal(await ids(parcels.find({ owner: null })), ['p1']);
    assert.equal(await ids(parcels.find({ owner: [null, 'kim'] })), ['p1', 'p2']);
    // A route in JavaScript may pass null for an optional member.
    const absent: { note?: string } = JSON.parse('{"note": null}');
    assert.equal(await ids(parcels.find(absent)), ['p1']);
  });

  test('a row is found by its members of now', async () => {
    await store.apply(add('p1', { note: 'n' }));
    await store.apply(
      parcels.change({ id: 'p1', version: 1 }, { owner: 'lee', note: undefined }),
      add('p2', { owner: 'kim' }),
    );
    assert.equal(await ids(parcels.find({ owner: 'kim' })), ['p2']);
    assert.equal(await ids(parcels.find({ owner: 'lee' })), ['p1']);
    assert.equal(await ids(parcels.find({ note: 'n' })), []);
    await store.apply(parcels.remove({ id: 'p1', version: 2 }));
    assert.equal(await ids(parcels.find({ owner: ['kim', 'lee'] })), ['p2']);
  });

  test('ordered: rows come by id as JavaScript compares texts', async () => {
    const names = ['b', '\uFF5E', 'B', '\u{1F600}', 'a', 'ä', 'a b', '10', '9'];
    await store.apply(...names.map((id) => add(id)));
    assert.equal(await ids(parcels.find({})), [...names].sort());
    assert.equal(await ids(parcels.get(names)), [...names].sort());
  });

  test('versioned: a change patches the given members and raises the version', async () => {
    await store.apply(add('p1', { note: 'n' }));
    await store.apply(parcels.change({ id: 'p1', version: 1 }, { size: { wide: 3 }, owner: null }));
    const changed = { ...plain, note: 'n', size: { wide: 3 }, owner: null };
    assert.equal(await row(), { ...changed, id: 'p1', version: 2 });
    await store.apply(parcels.change({ id: 'p1', version: 2 }, {}));
    assert.is((await row())?.version, 3);
  });

  test('an optional member that is given as undefined is absent', async () => {
    await store.apply(parcels.add('p1', { ...plain, note: undefined }), add('p2', { note: 'n' }));
    assert.not('note' in ((await row()) ?? {}));
    await store.apply(parcels.change({ id: 'p2', version: 1 }, { note: undefined, weight: 7 }));
    assert.equal(await row('p2'), { ...plain, weight: 7, id: 'p2', version: 2 });
  });

  test('versioned: another version than expected is a conflict that names the row', async () => {
    const isConflict = (error: unknown) =>
      error instanceof Conflict &&
      error.message === "the row 'p1' of the table 'parcels' is no longer in version 2";
    const second = { id: 'p1', version: 2 };
    await assert.rejects(store.apply(parcels.remove(second)), isConflict);
    await assert.rejects(store.apply(parcels.change(second, { weight: 2 })), isConflict);
    await store.apply(add('p1'), add('p0'));
    await assert.rejects(store.apply(parcels.remove(second)), isConflict);
    const batch = [parcels.change({ id: 'p0', version: 1 }, {}), parcels.change(second, {})];
    await assert.rejects(store.apply(...batch), isConflict);
    assert.equal(await ids(parcels.find({})), ['p0', 'p1']);
    assert.is((await row('p0'))?.version, 1);
  });

  test('a change of any version is done, and refused where there is no row', async () => {
    const isMissing = (error: unknown) =>
      error instanceof Refused &&
      error.code === 'not-found' &&
      error.message === "the table 'parcels' has no row 'p2'";
    await store.apply(add('p1', { note: 'careful' }));
    await store.apply(parcels.set('p1', { weight: 2 }), parcels.set('p1', { note: undefined }));
    assert.equal(await row(), { ...plain, weight: 2, id: 'p1', version: 3 });
    await assert.rejects(
      store.apply(parcels.set('p1', { weight: 3 }), parcels.set('p2', { weight: 3 })),
      isMissing,
    );
    assert.is((await row())?.weight, 2);
  });

  test('a drop removes a row of any version, and nothing where there is no row', async () => {
    await store.apply(add('p1'), add('p2'));
    await store.apply(parcels.set('p1', { weight: 2 }));
    await store.apply(parcels.drop('p1'), parcels.drop('p3'));
    assert.equal(await ids(parcels.find({})), ['p2']);
  });

  test('an expectation changes nothing, and is a conflict for another version or no row', async () => {
    const isConflict = (error: unknown) => error instanceof Conflict;
    await store.apply(add('p1'), add('p2'));
    await store.apply(
      parcels.expect({ id: 'p2', version: 1 }),
      parcels.expect({ id: 'p1', version: 1 }),
    );
    assert.is((await row())?.version, 1);
    await assert.rejects(store.apply(parcels.expect({ id: 'p1', version: 2 })), isConflict);
    await assert.rejects(store.apply(parcels.expect({ id: 'p3', version: 1 })), isConflict);
  });

  test('an id that is taken is refused with table and id, and nothing of the commit is left', async () => {
    const isTaken = (error: unknown) =>
      error instanceof Refused &&
      error.code === 'name-taken' &&
      error.message === "the table 'parcels' already has a row 'p1'";
    await store.apply(add('p1'));
    await assert.rejects(store.apply(add('p2'), add('p1', { weight: 9 })), isTaken);
    await assert.rejects(
      store.apply(parcels.remove({ id: 'p1', version: 1 }), add('p1'), add('p1')),
      isTaken,
    );
    assert.equal(await rows(parcels.find({})), [{ ...plain, id: 'p1', version: 1 }]);
  });

  test('writes of one commit follow each other', async () => {
    await store.apply(
      add('p1'),
      add('p2'),
      parcels.change({ id: 'p1', version: 1 }, { weight: 2 }),
      parcels.change({ id: 'p2', version: 1 }, { weight: 3 }),
      parcels.change({ id: 'p1', version: 2 }, { note: 'twice' }),
      parcels.remove({ id: 'p2', version: 2 }),
      add('p2', { weight: 4 }),
    );
    assert.equal(await rows(parcels.get(['p1', 'p2'])), [
      { ...plain, weight: 2, note: 'twice', id: 'p1', version: 3 },
      { ...plain, weight: 4, id: 'p2', version: 1 },
    ]);
    const removed = parcels.remove({ id: 'p1', version: 3 });
    await assert.rejects(store.apply(removed, removed), Conflict);
    assert.is((await row())?.version, 3);
  });

  test('versioned: of two commits that expect the same version one is done', async () => {
    const first = { id: 'p1', version: 1 };
    for (const [write, error] of [
      [add('p1'), Refused],
      [parcels.change(first, { weight: 2 }), Conflict],
      [parcels.remove({ id: 'p1', version: 2 }), Conflict],
    ] as const) {
      const results = await Promise.allSettled([store.apply(write), store.apply(write)]);
      const failures = results.flatMap((result) =>
        result.status === 'rejected' ? [result.reason] : [],
      );
      assert.is(failures.length, 1);
      assert.instance(failures[0], error);
    }
    assert.equal(await ids(parcels.find({})), []);
  });

  test('the values that another row has are told, without reading the rows', async () => {
    await store.apply(
      add('p1', { place: 'a1' }),
      add('p2', { place: 'a1' }),
      add('p3', { place: 'a2' }),
      add('p4', { place: 'a3', owner: null }),
    );
    const { leaving } = parcels.by('place');
    assert.ok(leaving);
    const needed = async (nodes: string[], except: string[]) =>
      ((await store.read(leaving.needed(nodes, except))) as string[]).sort();
    assert.equal(await needed(['a1', 'a2', 'a3', 'a4', 'a\0b'], []), ['a1', 'a2', 'a3']);
    assert.equal(await needed(['a1', 'a2', 'a3'], ['p1', 'p3']), ['a1', 'a3']);
    assert.equal(await needed(['a1'], ['p1', 'p2']), []);
    assert.equal(await needed([], ['p1']), []);
    const other = { store: 'parcels', op: 'had', args: { member: 'x', values: [], except: [] } };
    await assert.rejects(store.read(other), /the table 'parcels' finds no rows by/);
  });

  test('the writes that take a row away from the value of a member are told', () => {
    const { leaving } = parcels.by('place');
    assert.equal(
      leaving?.rows([
        add('p1'),
        parcels.drop('p2'),
        parcels.remove({ id: 'p3', version: 1 }),
        parcels.set('p4', { weight: 1 }),
        parcels.set('p5', { place: 'a2' }),
        parcels.expect({ id: 'p6', version: 1 }),
        parcels.drop('p7'),
        parcels.set('p7', { place: 'a3' }),
        { ...parcels.drop('p8'), store: 'others' },
      ]),
      [
        { id: 'p1', to: 'a1' },
        { id: 'p2', to: null },
        { id: 'p3', to: null },
        { id: 'p5', to: 'a2' },
        { id: 'p7', to: 'a3' },
      ],
    );
    assert.equal(parcels.by('note').leaving?.rows([parcels.set('p1', { note: undefined })]), [
      { id: 'p1', to: null },
    ]);
  });

  test('a drop of a row that is not stored is not due, unless the same writes add the row', () => {
    const { leaving } = parcels.by('place');
    const left = [
      parcels.drop('p1'),
      add('p3'),
      parcels.drop('p3'),
      parcels.set('p4', { weight: 1 }),
    ];
    const other = { ...parcels.drop('p2'), store: 'others' };
    assert.equal(leaving?.due([parcels.drop('p2'), ...left, other], ['p1']), [...left, other]);
  });

  test('thousands of rows are added, found, changed and removed in one commit each', async () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `p${index}`);
    await store.apply(...names.map((id) => add(id, { place: id })));
    const added = await rows(parcels.find({ place: names }));
    await store.apply(...added.map((parcel) => parcels.change(parcel, { owner: null })));
    const changed = await rows(parcels.get(names));
    assert.is(
      changed.filter(({ owner, version }) => owner === null && version === 2).length,
      5_000,
    );
    await store.apply(...changed.map((parcel) => parcels.remove(parcel)));
    assert.equal(await ids(parcels.find({})), []);
  });

  test('an operation or a member there is not is a bug', async () => {
    const guess = { store: 'parcels', op: 'guess', args: { id: 'p1' } };
    await assert.rejects(store.read(guess), Broken);
    await assert.rejects(store.apply(guess), Broken);
    for (const member of ['weight', "x' or true --"]) {
      const read = { store: 'parcels', op: 'find', args: { members: { [member]: ['a'] } } };
      await assert.rejects(store.read(read), /the table 'parcels' finds no rows by/);
    }
  });

  test.run();
}
