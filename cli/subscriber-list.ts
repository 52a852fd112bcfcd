/**
 * The rows behind the command `subscribers`, of a running `unanimous up` or from the databases.
 */
import { nodeStanding } from '../composition/node-standing.ts';
import { print } from './print.ts';
import { RunningProcess } from './running-process.ts';
import type { StorageOptions } from './storage-options.ts';
import { withStoredRows } from './stored-services.ts';
import { standingLines } from './subscriber-text.ts';

export async function listSubscribers(
  node: string,
  { json, ...options }: StorageOptions & { readonly json?: boolean },
): Promise<void> {
  const running = await RunningProcess.find(options.data);
  const found = await (running?.standing(node) ??
    withStoredRows(options, (sources) => nodeStanding(node, sources)));
  if (json === true) return print(JSON.stringify(found));
  for (const line of standingLines(found)) print(line);
}
