/**
 * The command `npm test -- [part of a path]…`, also as it stands: `node --import tsx test/support/run.ts [part of a path]…`.
 *
 * Environment: TEST_SEED repeats a run; TEST_FILE_LIMIT_MS (10 min) limits a file; TEST_PARALLEL is the number of files at a time;
 * REQUIRE_SERVERS=1 makes a missing server a failure; PROOFS chooses the sizes of the proofs by repetition (`proof-size.ts`).
 */
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runTests } from './test-run.ts';

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const cwd = process.cwd();
await runTests({
  cwd,
  // The compiled tests stand beside this file.
  tree:
    extname(import.meta.url) === '.ts'
      ? pathToFileURL(`${cwd}/`)
      : new URL('../../', import.meta.url),
  filters: process.argv.slice(2),
});
