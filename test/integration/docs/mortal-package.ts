/**
 * The package as the programs of the documents get it. The process dies by SIGKILL at the n-th
 * failpoint that it reaches (DIE_AT), and prints at its end how many failpoints it has reached. The
 * lease is short, so that the next process need not wait.
 */
import {
  type CreateRuntimeOptions,
  createRuntime as create,
  SqlJournal as Journal,
  type RunningServices,
} from '../../../deployment.ts';
import type { Failpoints } from '../../../runtime/ports/failpoints.ts';
import type { SqlJournalOptions } from '../../../runtime/postgres/sql-journal.ts';

export { openDatabase } from '../../../deployment.ts';
export { activity, defineService, parseExchangeConfig, record, reply } from '../../../index.ts';

const dieAt = Number(process.env['DIE_AT'] ?? 0);
let reached = 0;

const failpoints: Failpoints = {
  reach() {
    reached += 1;
    if (reached === dieAt) process.kill(process.pid, 'SIGKILL');
  },
};

process.on('exit', () => {
  process.stderr.write(`reached ${reached}\n`);
});

export function createRuntime(options: CreateRuntimeOptions): RunningServices {
  return create({ ...options, failpoints, heartbeatMs: 100, leaseMs: 500 });
}

export class SqlJournal extends Journal {
  constructor(options: SqlJournalOptions) {
    super({ ...options, failpoints });
  }
}
