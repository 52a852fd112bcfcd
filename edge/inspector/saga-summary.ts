/** Sagas as lists show them: one line of what `why` says about each saga. Pure. */
import type { SagaWaiting } from '../../actors/waiting/saga-waiting.ts';
import { redactText } from '../../config/redact.ts';
import type { SagaSummary } from './contract.ts';

const namedMax = 3;

export function sagaSummary(why: SagaWaiting): SagaSummary {
  const { saga, verb, state, owner, requestedBy, requestedAtMs, nodes, text, blockers } = why;
  const owned = nodes.filter(({ service }) => service === owner);
  return {
    saga,
    verb,
    state,
    owner,
    requestedBy,
    requestedAtMs,
    nodes: owned.slice(0, namedMax).map(({ cn, id }) => cn || id),
    nodeCount: nodes.length,
    waitingFor: blockers,
    reason: redactText(text),
    level: why.level,
  };
}
