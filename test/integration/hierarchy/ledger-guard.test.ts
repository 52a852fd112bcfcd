/**
 * `guard` of the ledger's schema on PostgreSQL: a program that writes rows in transactions of its own
 * is stopped while a promise stands, and a promise sees the rows of a transaction that came first.
 */
import pg from 'pg';
import {
  type LedgerWrites,
  ledgerRead,
  ledgerStoreName,
  ledgerWrite,
} from '../../../actors/consent/ledger/store.ts';
import { Conflict } from '../../../runtime/ports/errors.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';
import { postgresBench } from './benches.ts';

const test = suite('ledger guard', { needs: ['postgres'] });
const service = 'billing';
const nodeId = 'customer 7';
const saga = { saga: 'T', service, nodeIds: [nodeId] };
let program: pg.Client;

test.before(async () => {
  program = new pg.Client({ connectionString: servers.postgres });
  await program.connect();
});
test.after(async () => {
  await program.end();
  await postgresBench.end();
});

async function ledger() {
  const store = await postgresBench.fresh();
  const schema = (await postgresBench.database()).schemaOf(ledgerStoreName);
  const write = <Op extends keyof LedgerWrites>(
    op: Op,
    args: LedgerWrites[Op]['args'],
    expect: LedgerWrites[Op]['expect'],
  ) => store.apply([ledgerWrite(op, args, expect)]);
  const version = async () => {
    const found = await store.read(ledgerRead('links', { service, nodeIds: [nodeId] }));
    return (found as readonly { readonly version: number }[])[0]?.version ?? 0;
  };
  const promise = async (at: number) =>
    write('promise', { ...saga, mode: 'D', state: 'ok' }, { links: { [nodeId]: at } });
  const guard = () => program.query(`select ${schema}.guard($1, $2)`, [service, nodeId]);
  return { write, version, promise, guard };
}

function raises(code: string, text: RegExp) {
  return (error: unknown) =>
    error instanceof pg.DatabaseError && error.code === code && text.test(error.message);
}

test('a service without a subscription is told to subscribe', async () => {
  const { guard } = await ledger();
  await assert.rejects(guard(), raises('UN001', /billing is not subscribed to customer 7/));
});

test('a subscribed service may write, and the version of its link rises', async () => {
  const { write, version, guard } = await ledger();
  await write('link', { service, nodeId, generation: 1, entity: 'customers' }, null);
  const before = await version();
  await guard();
  assert.is(await version(), before + 1);
});

test('while a promise stands the guard names its saga; afterwards the row may be written', async () => {
  const { write, version, promise, guard } = await ledger();
  await write('link', { service, nodeId, generation: 1, entity: 'customers' }, null);
  await promise(await version());
  await assert.rejects(
    guard(),
    raises('UN003', /billing has agreed to the saga T about customer 7/),
  );
  await write('release', { saga: 'T', service }, null);
  await guard();
});

test('a deleted node is refused', async () => {
  const { write, version, promise, guard } = await ledger();
  await write('link', { service, nodeId, generation: 1, entity: 'customers' }, null);
  await promise(await version());
  await write('fulfil', { ...saga, gone: true, atMs: 1 }, null);
  await assert.rejects(guard(), raises('UN002', /customer 7 is deleted/));
});

test('a promise that was decided before the row of an open transaction is a conflict', async () => {
  const { write, version, promise, guard } = await ledger();
  await write('link', { service, nodeId, generation: 1, entity: 'customers' }, null);
  const seen = await version();
  await program.query('begin');
  await guard();
  const late = promise(seen).then(
    () => undefined,
    (error: unknown) => error,
  );
  await program.query('commit');
  assert.instance(await late, Conflict);
  await promise(await version());
});

test.run();
