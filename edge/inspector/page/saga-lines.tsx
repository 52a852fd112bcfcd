/** A saga in a list: its operation, its state, and the reason for the state. */
import type { SagaSummary } from '../contract.ts';
import { ageText, shortId } from './format.ts';

export function sagaClass(base: string, { level, state }: SagaSummary): string {
  return `${base} level-${level} state-${state.replace(' ', '-')}`;
}

export function SagaLines({ saga, nowMs }: { readonly saga: SagaSummary; readonly nowMs: number }) {
  const { verb, state, reason, level, requestedAtMs, owner } = saga;
  return (
    <>
      <span class="what">
        {verb} <strong>{sagaNames(saga)}</strong>
      </span>
      <span class="badge">{level === 'none' ? state : level}</span>
      <span class="reason" title={reason}>
        {reason}
      </span>
      <span class="facts">
        {owner ?? 'owner unknown'} · {ageText(requestedAtMs, nowMs)} ·{' '}
        <span class="id" title={saga.saga}>
          {shortId(saga.saga)}
        </span>
      </span>
    </>
  );
}

/** The first nodes by name, and how many more. */
export function sagaNames({ nodes, nodeCount, saga }: SagaSummary): string {
  const more = nodeCount > nodes.length ? ` + ${nodeCount - nodes.length}` : '';
  return `${nodes.join(', ') || shortId(saga)}${more}`;
}
