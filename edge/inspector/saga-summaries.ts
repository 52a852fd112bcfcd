/**
 * Sagas as lists show them: one line with the services that a saga waits for, and the reason. Pure.
 */
import { redactText } from '../../config/redact.ts';
import type { SagaRecord, SagaSummary } from './contract.ts';

const namedMax = 3;

export function sagaSummary(record: SagaRecord): SagaSummary {
  const { saga, verb, state, owner, requestedBy, requestedAtMs, nodes, open, alarms } = record;
  const requested = nodes.filter(
    ({ through, service }) => through.length === 0 && service === owner,
  );
  const isOpen = open.length > 0 || state === 'asking' || state === 'decided';
  return {
    saga,
    verb,
    state,
    owner,
    requestedBy,
    requestedAtMs,
    nodes: requested.slice(0, namedMax).map(({ cn, id }) => cn || id),
    nodeCount: nodes.length,
    waitingFor: [...new Set(open.flatMap(({ waitingFor }) => waitingFor))],
    reason: isOpen ? redactText(waitReason(record)) : null,
    level: isOpen ? (alarms.at(-1)?.level ?? 'none') : 'none',
  };
}

/** Why the saga is not over. */
function waitReason({ open, blocked, state }: SagaRecord): string {
  const obstacle = blocked.at(-1);
  const [first] = open;
  if (obstacle !== undefined && open.some(({ question }) => question === 'the removal'))
    return `${obstacle.service} cannot go on: ${obstacle.reason ?? 'no reason was given'}`;
  if (first === undefined)
    return state === 'asking' ? 'the owner asks its voters' : 'the owner removes its nodes';
  const { service, question, waitingFor } = first;
  const names = waitingFor.length === 0 ? 'nobody' : waitingFor.join(', ');
  return `${service} waits for ${names} (${question})`;
}
