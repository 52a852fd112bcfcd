/**
 * Finds out why something waits, for the command `why`.
 *
 * - one-reader: a running `unanimous up` with the same data folder is asked first; the databases of
 *   the configs are read only if no such process runs.
 * - votes now: for a node that nobody deletes, the owner is asked for a plan. Where no service
 *   answers, the answer has no plan.
 */
import { why } from '../composition/why.ts';
import type { NodeWhy, Why } from '../composition/why-documents.ts';
import { redact, redactText } from '../config/redact.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import { errorText } from '../runtime/ports/errors.ts';
import type { Json } from '../runtime/ports/json.ts';
import { planFrom } from './plan-text.ts';
import { print, warn } from './print.ts';
import { RunningProcess } from './running-process.ts';
import { requestService } from './service-requests.ts';
import type { StorageOptions } from './storage-options.ts';
import { withStoredRows } from './stored-services.ts';
import { whyLines } from './why-text.ts';

export async function printWhy(
  subject: string,
  options: StorageOptions & { readonly json?: boolean },
): Promise<void> {
  const running = await RunningProcess.find(options.data);
  const found = await (running?.why(subject) ??
    withStoredRows(options, (sources) => why(subject, sources)));
  const answer = await withPlan(found, options);
  if (options.json === true) return print(JSON.stringify(redact(answer as Json)));
  for (const line of whyLines(answer, systemClock.now())) print(redactText(line));
}

async function withPlan(found: Why, options: StorageOptions): Promise<Why> {
  if (found.kind !== 'node' || found.owner === null || found.state !== 'free') return found;
  return { ...found, plan: await planOf(found.owner, found, options) };
}

async function planOf(
  owner: string,
  { id }: NodeWhy,
  options: StorageOptions,
): Promise<NodeWhy['plan']> {
  try {
    return planFrom(await requestService(owner, options, 'plan', { id }));
  } catch (error) {
    warn(`${owner} gave no plan, so the votes of now are not known: ${errorText(error)}`);
    return null;
  }
}
