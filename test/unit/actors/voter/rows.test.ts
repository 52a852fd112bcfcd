/** A voter whose rows depend on the asked nodes and are no nodes: when it refuses, and how it cleans up. */
import { createMachine } from 'xstate';
import type { AskedRows, Dependence, FoundRows } from '../../../../actors/consent/dependences.ts';
import { nodeLine } from '../../../../actors/consent/inventory.ts';
import type { Dependants } from '../../../../actors/consent/objections.ts';
import { voterMachine } from '../../../../actors/voter/voter-machine.ts';
import type { Headers } from '../../../../runtime/ports/envelope.ts';
import { errorBody, Refused } from '../../../../runtime/ports/errors.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import type { Write } from '../../../../runtime/ports/store.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asJson, id, methodsSettings, ok, under } from '../consent/sample.ts';

const test = suite('voter, rows');
const service = 'methods_model_crud';

const orders: Dependence = {
  entity: 'tags',
  by: 'nodeId',
  read: (ids) => ({ store: 'orders', op: 'find', args: [...ids] }),
  rules: {
    delete: {
      clean: ({ dependants }) =>
        dependants.map(({ id: args, version }) => ({
          store: 'orders',
          op: 'remove',
          args,
          expect: { version },
        })),
    },
  },
};
function rowsOf(...versions: readonly number[]): readonly FoundRows[] {
  const dependants = versions.map((version) => ({ id: 'o1', version, nodeId: id(1) }));
  return [{ entity: 'tags', table: 'orders', node: id(1), dependants }];
}

function found(rows: readonly FoundRows[], more: Partial<Dependants> = {}): Json {
  const link = {
    nodeId: id(1),
    entity: 'tags',
    version: 3,
    generation: 1,
    givenUp: 0,
    tombstoned: false,
    promises: [],
  };
  const none = { refusals: [], nodes: [], detached: [], conflicts: [], subscriptions: [] };
  return asJson({ links: [link], ...none, rows, ...more });
}

function question(type: string, read: Json, headers: Headers = under('T')) {
  const made = message(type, { id: id(1) }, { read, headers, replyTo: caller(type) });
  return { ...made, $: { ...made.$, message: { ...made.$.message, exchange: 'tags' } } };
}

const machine = voterMachine(methodsSettings, { innerSaga: createMachine({ id: 'delete-saga' }) }, [
  orders,
]);
/** A voter whose later reads find these rows. */
function voter(again: readonly FoundRows[] = []): MachineSpec {
  return given(machine, { key: 'T', reads: { 'consent.dependants': () => found(again) } });
}
const promised = voter(rowsOf(5)).when(question('mayDelete', found(rowsOf(1))));

test('rows that forbid nothing are promised about, and stay', () => {
  promised.then({ state: 'engaged', writes: [{ op: 'promise' }], replies: [{ body: ok }] });
});

test('the rows are cleaned up in the commit that says done, as the decision finds the rows', () => {
  promised
    .when(question('deleting', found(rowsOf(4))))
    .then({
      state: 'fulfilled',
      writes: [
        { op: 'depend', args: { service, on: [] }, expect: { links: { [id(1)]: 3 } } },
        { op: 'remove', expect: { version: 4 } },
        { op: 'fulfil' },
      ],
      replies: [{ to: caller('deleting'), body: ok }],
    })
    .thenEnded();
});

test('a rule that says no refuses with its reason', () => {
  const refusals = [{ nodeId: id(1), reason: 'order o1 is open' }];
  voter()
    .when(question('mayDelete', found(rowsOf(1), { refusals })))
    .then({
      state: 'released',
      writes: [{ op: 'release' }],
      replies: [
        {
          body: {
            response: 'no',
            message: 'order o1 is open',
            service,
            refusals: [{ service, nodeId: id(1), reason: 'order o1 is open' }],
          },
        },
      ],
    });
});

test('a decision that the owner confirms cleans up rows about which nobody asked before, as they are by then', () => {
  const doubted = voter(rowsOf(3)).when(question('deleting', found(rowsOf(2))));
  doubted.then({ state: 'engaged', writes: [], replies: [], asks: [{ action: 'isDeleting' }] });
  doubted.answers({ action: 'isDeleting' }, ok).then({
    state: 'fulfilled',
    writes: [{ op: 'depend' }, { op: 'remove', expect: { version: 3 } }, { op: 'fulfil' }],
    replies: [{ to: caller('deleting'), body: ok }],
  });
});

test('a confirmed decision whose clean-up is refused is taken all the same, and the rows wait', () => {
  const doubted = voter(rowsOf(3)).when(question('deleting', found(rowsOf(2))));
  const about = { ids: [id(1)], unproven: 'deleting', exchange: 'tags' };
  const refused = doubted.when(undone(asJson({ type: 'ownerAnswer', answer: ok, about })));
  refused.then({ state: 'engaged', writes: [], replies: [] });
  refused.waits(5_000).then({
    state: 'fulfilled',
    writes: [{ op: 'depend' }, { op: 'remove' }, { op: 'fulfil' }],
    replies: [{ to: caller('deleting'), body: ok }],
  });
});

test('a planned deletion is told each row with its version', () => {
  const asked = question('mayDelete', found(rowsOf(3)), under('T', { 'consent-inventory': 1 }));
  voter()
    .when(asked)
    .then({
      replies: [{ body: { response: 'ok', engaged: [nodeLine({ service, id: 'o1', epoch: 3 })] } }],
    });
});

const refusal = new Refused('in-use', 'a parcel is in the order');
function undone(cause: Json) {
  return { type: 'error.write', error: asJson(errorBody(refusal)), cause };
}
const failed = promised.when(undone(asJson(question('deleting', found(rowsOf(4))))));

test('a clean-up that is refused is no answer: an alarm, and the rows are read and cleaned up again after five seconds', () => {
  failed.then({ state: 'engaged', writes: [], replies: [] });
  const alarms = failed.records().filter(({ line }) => line['what'] === 'alarm');
  assert.equal(
    alarms.map(({ line }) => line['reason']),
    ['its rows could not be cleaned up: a parcel is in the order'],
  );
  failed.waits(4_999).then({ state: 'engaged', writes: [] });
  failed
    .waits(5_000)
    .then({
      state: 'fulfilled',
      writes: [{ op: 'depend' }, { op: 'remove', expect: { version: 5 } }, { op: 'fulfil' }],
      replies: [{ to: caller('deleting'), body: ok }],
    })
    .thenEnded();
});

test('a clean-up that is refused again waits again', () => {
  const again = failed.when(undone({ type: 'timer' }));
  again.then({ state: 'engaged', writes: [], replies: [] });
  again
    .waits(5_000)
    .then({ state: 'fulfilled', writes: [{ op: 'depend' }, { op: 'remove' }, { op: 'fulfil' }] });
});

test('a second message of the decision does not clean up a second time', () => {
  failed
    .when(question('deleting', found(rowsOf(4))))
    .then({ state: 'engaged', writes: [], replies: [] });
});

/** A voter whose `deleting` gives this result before the rows have the version 6. */
function cleaning(give: () => unknown, later: number): MachineSpec {
  const clean = ({ dependants: [row] }: AskedRows) =>
    (row?.version === 6 ? removal : give()) as Write;
  const ruled = voterMachine(methodsSettings, { innerSaga: createMachine({ id: 'delete-saga' }) }, [
    { ...orders, rules: { delete: { clean } } },
  ]);
  const reads = { 'consent.dependants': () => found(rowsOf(later)) };
  return given(ruled, { key: 'T', reads })
    .when(question('mayDelete', found(rowsOf(1))))
    .when(question('deleting', found(rowsOf(4))));
}
function alarmsOf(spec: MachineSpec): readonly unknown[] {
  const lines = spec.records().filter(({ line }) => line['what'] === 'alarm');
  return lines.map(({ line }) => line['reason']);
}
const removal = { store: 'orders', op: 'remove', args: 'o1' };

test('a result of `deleting` that is no write is named in an alarm, and the rows are tried again', () => {
  const fails = () => {
    throw new Error('boom');
  };
  const place = "its rows could not be cleaned up: 'deleting' of dependsOn.tags";
  const told: readonly (readonly [() => unknown, string])[] = [
    [() => undefined, `${place} returned nothing; it must return a write or a list of writes`],
    [() => null, `${place} returned null; it must return a write or a list of writes`],
    [() => Promise.reject(new Error('late')), `${place} returned a promise; it must`],
    [() => 'all', `${place} returned "all"; it must`],
    [fails, `${place} failed: boom`],
  ];
  for (const [give, text] of told) {
    const failing = cleaning(give, 5);
    failing.then({ state: 'engaged', writes: [], replies: [] });
    const still = failing.waits(10_000).then({ state: 'engaged', writes: [], replies: [] });
    const alarms = [...alarmsOf(failing), ...alarmsOf(still)].map(String);
    assert.equal(
      alarms.map((alarm) => alarm.startsWith(text)),
      [true, true, true],
      text,
    );
    const mended = cleaning(give, 6).waits(5_000);
    mended.then({
      state: 'fulfilled',
      writes: [{ op: 'depend' }, { op: 'remove' }, { op: 'fulfil' }],
      replies: [{ to: caller('deleting'), body: ok }],
    });
  }
});

test('the clean-up at the end of a retention is tried again with the rows of the end', () => {
  const isEnd = (args: unknown) =>
    (args as { readonly retentionEnded?: boolean }).retentionEnded === true;
  const ended = rowsOf(4).map((row) => ({ ...row, retentionEnded: true as const }));
  const spec = given(machine, {
    key: 'T',
    reads: { 'consent.dependants': (args) => found(isEnd(args) ? rowsOf(5) : []) },
  }).when(question('mayDelete', found(rowsOf(1))));
  spec
    .when(undone(asJson(question('deleting', found(ended)))))
    .waits(5_000)
    .then({ state: 'fulfilled', writes: [{ op: 'depend' }, { op: 'remove' }, { op: 'fulfil' }] });
});

test.run();
