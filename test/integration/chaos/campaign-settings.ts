/** What the processes of a campaign agree on. */

/** Silence after which another process takes over. Short, so that many kills fit into a run; the default is 5 s. */
export const leaseMs = 2_000;

/** The URL of one of the campaign's databases: prefixes on one server. */
export function databaseOf(server: string, prefix: 'jobs' | 'tree'): string {
  return `${server}?schema=${prefix}`;
}
