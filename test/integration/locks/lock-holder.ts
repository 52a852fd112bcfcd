/**
 * A process that holds a lock and a card's ticket, for `paused-holder.test.ts`. Takes the lock in
 * Redis, keeps the lock, reads the card's ticket, and prints `held`. On SIGUSR2 it removes the card
 * under the ticket and prints what became of that.
 */
import { cardsSqlStore } from '../../../actors/cards/sql-store.ts';
import { cardsRead, cardsWrite, type Turn } from '../../../actors/cards/store.ts';
import { errorText } from '../../../runtime/ports/errors.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { RedisLocks } from '../../../runtime/redis/redis-locks.ts';
import { servers } from '../../support/servers.ts';

const [databaseUrl = '', keyPrefix = '', ttl = ''] = process.argv.slice(2);
const say = (text: string) => void process.stdout.write(`${text}\n`);

const database = await openDatabase(databaseUrl, { stores: [cardsSqlStore] });
const store = database.stores.get('cards');
if (store === undefined) throw new Error('the database has no cards');
const locks = new RedisLocks({
  url: servers.redis,
  keyPrefix,
  log: (_level, message) => say(`log: ${message}`),
});
const { op, args } = cardsRead('turn', { id: 'c1' });
const { ticket } = (await store.read(op, args)) as unknown as Turn;

process.on('SIGUSR2', () => {
  const removal = cardsWrite(
    'remove',
    { id: 'c1', atMs: 1, shared: [] },
    { version: 2, ticket: ticket ?? 0 },
  );
  database
    .transaction(async (transaction) =>
      store.apply(transaction.entityManager(database.schemaOf('cards')), [removal]),
    )
    .then(
      () => say('removed'),
      (error: unknown) => say(`refused: ${errorText(error)}`),
    );
});
await locks.acquire('t1', 'c1', Number(ttl));
locks.keep('t1', 'c1', Number(ttl));
say('held');
process.stdin.resume();
