/**
 * A log line at `info` for each thing that services have done: nodes that were created, updated or
 * deleted, subscriptions, and operations that were refused, with who refused.
 *
 * - committed: a line tells what a commit holds, also for messages that nobody waits for.
 * - once: a fact goes out under several keys, and is told once.
 */
import { isJsonObject } from '../config/json.ts';
import type { HistoryLine, OutboxRow, TurnCommit } from '../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../runtime/ports/json.ts';
import type { Log } from '../runtime/ports/log.ts';
import { traceField, traceIdIn } from '../runtime/ports/tracing.ts';

const facts = ['created', 'updated', 'deleted'];
const subscriptions: ReadonlyMap<string, string> = new Map([
  ['subscribe', 'subscribed'],
  ['unsubscribe', 'unsubscribed'],
]);

/** Refusals that a line names; the record of the saga has all. */
const refusalsMax = 10;

/** Writes the lines of some commits. */
export function logDone(commits: readonly TurnCommit[], log: Log): void {
  for (const { address, outbox, writes, history } of commits) {
    const { service } = address;
    for (const row of outbox) logFact(row, service, log);
    for (const { op, args } of writes) {
      const done = subscriptions.get(op);
      if (done !== undefined && isJsonObject(args))
        log('info', done, { service, ...members(args, ['subscriber', 'nodeId']) });
    }
    for (const line of history) logRefusal(line, service, log);
  }
}

/** The copy of a fact whose routing key is the node. */
function logFact({ routingKey: node, body, properties }: OutboxRow, service: string, log: Log) {
  if (!isJsonObject(body) || typeof body['action'] !== 'string') return;
  const data = body['data'];
  const fact = facts.find((name) => name === plainAction(String(body['action'])));
  if (fact === undefined || !isJsonObject(data) || data['id'] !== node) return;
  const saga = properties.headers?.['consent-saga'];
  const sagaField = typeof saga === 'string' ? { saga } : {};
  log('info', fact, { service, node, ...sagaField, ...traceField(traceIdIn(properties.headers)) });
}

/** Without the entity that may stand before an action. */
function plainAction(action: string): string {
  return action.slice(action.indexOf('.') + 1);
}

function logRefusal({ topic, line, trace }: HistoryLine, service: string, log: Log): void {
  if (line['what'] !== 'called off' || line['role'] !== 'root') return;
  const refusals = Array.isArray(line['refusals']) ? line['refusals'] : [];
  const by = refusals.flatMap((refusal) =>
    isJsonObject(refusal) ? [refusal['service'] ?? ''] : [],
  );
  log('info', 'refused', {
    service,
    saga: topic,
    ...members(line, ['action', 'nodes', 'silent', 'unreachable']),
    by: [...new Set(by)],
    refusals: refusals.slice(0, refusalsMax),
    ...traceField(trace),
  });
}

function members(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = from[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
