/**
 * The parameters with which the embedded PostgreSQL starts: those of PGlite, and a smaller cache.
 *
 * - PGlite fills its cache of pages with zeros at each start. The 128 MB of PostgreSQL's default
 *   cost half a second of the processor and stay in the memory of the process. The operating system
 *   has a cache of its own for the pages of a folder.
 */

/** A test compares the list with PGlite's own, which this package cannot import. */
const ownParameters = [
  '--single',
  '-F',
  '-O',
  '-j',
  ...['search_path=public', 'exit_on_error=false', 'log_checkpoints=false'].flatMap(setting),
  ...['max_worker_processes=0', 'max_parallel_workers=0'].flatMap(setting),
  ...['max_parallel_workers_per_gather=0', 'io_method=sync'].flatMap(setting),
  ...setting('max_parallel_maintenance_workers=0'),
];

export const pgliteParameters: readonly string[] = [
  ...ownParameters,
  ...setting('shared_buffers=32MB'),
];

function setting(text: string): readonly string[] {
  return ['-c', text];
}
