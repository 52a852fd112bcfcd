/**
 * The screen *Dead letters*: the list, a dead letter with its body, and replay and drop.
 */
import { useEffect, useState } from 'preact/hooks';
import type { DeadLetterDetail, DeadLetterSummary } from '../contract.ts';
import { act } from './api.ts';
import { countText, dateTime, duration } from './format.ts';
import { JsonView } from './json-view.tsx';
import { useLive } from './live.ts';
import { goTo } from './route.ts';
import { useSession } from './session.ts';
import { useData } from './use-data.ts';
import { VirtualList } from './virtual-list.tsx';

const title = 'Dead letters';
const keyOf = ({ id }: DeadLetterSummary): string => id;

export function DeadLetters({ id }: { readonly id: string | undefined }) {
  const { data, error, reload } = useData<{ readonly data: readonly DeadLetterSummary[] }>(
    'dead-letters',
  );
  useReloadOnChange(reload);
  const deadLetters = data?.data ?? [];
  return (
    <div class={`split ${id === undefined ? 'at-list' : 'at-detail'}`}>
      <section aria-labelledby="dead-letters-title" class="side">
        <h2 id="dead-letters-title">
          {title} <span class="count">{deadLetters.length}</span>
        </h2>
        {error !== undefined && <p class="problem">{error}</p>}
        {data !== undefined && deadLetters.length === 0 && (
          <p class="quiet panel">Every message was handled.</p>
        )}
        {deadLetters.length > 0 && (
          <VirtualList
            rows={deadLetters}
            rowHeight={72}
            label={title}
            keyOf={keyOf}
            chosen={id}
            onChoose={(deadLetter) => goTo('dead-letters', deadLetter.id)}
          >
            {(deadLetter) => <DeadLetterRow deadLetter={deadLetter} />}
          </VirtualList>
        )}
      </section>
      {id !== undefined && <DeadLetter key={id} id={id} onChange={reload} />}
    </div>
  );
}

/** Counts of dead letters rise when one is added. */
function useReloadOnChange(reload: () => void): void {
  const { samples } = useLive();
  const services = Object.values(samples.at(-1)?.services ?? {});
  const count = services.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  useEffect(reload, [reload, count]);
}

function DeadLetterRow({ deadLetter }: { readonly deadLetter: DeadLetterSummary }) {
  const { service, action, kind, reason, count, lastAtMs, replayRequested } = deadLetter;
  return (
    <>
      <span class="what">
        <strong>{action ?? kind}</strong> to {service}
      </span>
      <span class="reason">{reason}</span>
      <span class="facts">
        {duration(Date.now() - lastAtMs)} ago
        {count > 1 && ` · ${count} times`}
        {replayRequested && ' · to be replayed'}
      </span>
    </>
  );
}

function DeadLetter({ id, onChange }: { readonly id: string; readonly onChange: () => void }) {
  const { data, error, reload } = useData<DeadLetterDetail>(
    `dead-letters/${encodeURIComponent(id)}`,
  );
  const changed = () => {
    reload();
    onChange();
  };
  if (error !== undefined) return <p class="problem panel">{error}</p>;
  if (data === undefined) return <p class="quiet">Reading …</p>;
  return (
    <article class="detail panel">
      <button type="button" class="back" onClick={() => goTo('dead-letters')}>
        {`All: ${title}`}
      </button>
      <h2>
        {data.action ?? data.kind} to {data.service}
      </h2>
      <p class="reason-full">{data.reason}</p>
      <DeadLetterActions deadLetter={data} onChange={changed} />
      <dl class="facts-list">
        <dt>id</dt>
        <dd>{data.id}</dd>
        <dt>kind</dt>
        <dd>{data.kind}</dd>
        <dt>last time</dt>
        <dd>
          {dateTime(data.lastAtMs)} ({countText(data.count, 'time')}, first{' '}
          {dateTime(data.firstAtMs)})
        </dd>
        <dt>came through</dt>
        <dd>
          {data.exchange || 'the default exchange'}, key {data.routingKey || 'none'}, queue{' '}
          {data.queue || 'none'}
        </dd>
      </dl>
      <h3>Body</h3>
      {data.body === null ? (
        <p class="quiet">The body is no text.</p>
      ) : (
        <JsonView value={data.body} />
      )}
      <h3>Properties</h3>
      <JsonView value={data.properties} />
      {data.stack !== null && (
        <details>
          <summary>Stack</summary>
          <pre>{data.stack}</pre>
        </details>
      )}
    </article>
  );
}

function DeadLetterActions({
  deadLetter: { id, replayRequested },
  onChange,
}: {
  readonly deadLetter: DeadLetterDetail;
  readonly onChange: () => void;
}) {
  const { mayAct } = useSession();
  const [said, setSaid] = useState('');
  if (!mayAct) return <p class="quiet">An operator may replay and drop this message.</p>;
  const run = (action: 'replay' | 'drop') => () => {
    act(`dead-letters/${encodeURIComponent(id)}/${action}`).then(
      () => {
        setSaid(action === 'replay' ? 'The service handles the message again.' : 'Dropped.');
        onChange();
      },
      (error: Error) => setSaid(error.message),
    );
  };
  return (
    <p class="actions">
      <button type="button" onClick={run('replay')} disabled={replayRequested}>
        Replay
      </button>
      <button type="button" class="danger" onClick={run('drop')}>
        Drop
      </button>
      <span role="status">{said}</span>
    </p>
  );
}
