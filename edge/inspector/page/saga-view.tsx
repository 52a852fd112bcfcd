/**
 * A saga: the sentence that says whom to look at, the diagram, the nodes, what an operator may do,
 * and the certificate.
 */

import { useEffect } from 'preact/hooks';
import type { SagaDetail } from '../contract.ts';
import { ageText, clockTime, countText, duration, shortId } from './format.ts';
import { useLive } from './live.ts';
import { NotRead } from './not-read.tsx';
import { goTo } from './route.ts';
import { SequenceDiagram } from './sequence-diagram.tsx';
import { useClock } from './use-clock.ts';
import { useData } from './use-data.ts';

type Why = SagaDetail['why'];

export function SagaView({ id, back }: { readonly id: string; readonly back: string }) {
  const { data, error, reload } = useData<SagaDetail>(`sagas/${encodeURIComponent(id)}`);
  useReloadWhileOpen(data, reload);
  const nowMs = useClock(data?.nowMs ?? 0);
  const button = (
    <button type="button" class="back" onClick={() => goTo('deletion')}>
      {`All: ${back}`}
    </button>
  );
  if (data === undefined) return <NotRead error={error}>{button}</NotRead>;
  const { why, diagram, record } = data;
  return (
    <article class="detail saga-view">
      {button}
      <Head why={why} nowMs={nowMs} />
      <section class="panel diagram-panel" aria-label="Sequence diagram">
        <SequenceDiagram diagram={diagram} nowMs={nowMs} isOver={isOver(why)} />
        {diagram.left > 0 && <p class="quiet">{countText(diagram.left, 'later step')} left out.</p>}
      </section>
      {record !== null && <Nodes record={record} />}
      {isOver(why) ? <Certificate why={why} /> : <Operations why={why} />}
    </article>
  );
}

/** The events tell of this process; another process also works on the saga. */
function useReloadWhileOpen(data: SagaDetail | undefined, reload: () => void): void {
  const { told, connection } = useLive();
  const saga = data?.why.saga ?? '';
  const concerns = told.topics.includes(saga) ? told.round : 0;
  useEffect(() => {
    if (concerns > 0 || connection === 'open') reload();
  }, [concerns, connection, reload]);
  const isOpen = data !== undefined && !isOver(data.why);
  useEffect(() => {
    if (!isOpen) return undefined;
    const timer = setInterval(reload, 2_000);
    return () => clearInterval(timer);
  }, [isOpen, reload]);
}

function isOver({ state }: Why): boolean {
  return state === 'done' || state === 'called off';
}

function Head({ why, nowMs }: { readonly why: Why; readonly nowMs: number }) {
  const { verb, nodes, owner, state, level, requestedBy, requestedAtMs, saga, text } = why;
  const owned = nodes.filter(({ service }) => service === owner);
  const [first] = owned;
  const others = nodes.length - 1;
  const stateClass = state.replace(' ', '-');
  return (
    <header class={`panel saga-head level-${level} state-${stateClass}`}>
      <h2>
        {verb} {first?.cn || first?.id || shortId(saga)}
        {others > 0 && ` and ${countText(others, 'more node')}`}
        <span class="badge">{level === 'none' ? state : level}</span>
      </h2>
      <p class="sentence">{text}</p>
      {why.blockers.length > 0 && (
        <p class="blockers">
          waits for{' '}
          {why.blockers.map((service) => (
            <strong key={service} class="blocker">
              {service}
            </strong>
          ))}
          {why.sinceMs !== null && ` for ${duration(nowMs - why.sinceMs)}`}
        </p>
      )}
      {why.untilMs !== null && (
        <p class="quiet">
          {why.untilMs > nowMs ? `in ${duration(why.untilMs - nowMs)}` : 'overdue'}: {why.next}
        </p>
      )}
      {why.error !== null && (
        <p class="problem">
          {why.error.service}: {why.error.text}
        </p>
      )}
      <p class="facts">
        owner {owner ?? 'unknown'} · asked for by {requestedBy ?? 'nobody named'} ·{' '}
        {ageText(requestedAtMs, nowMs)} · <span class="id">{saga}</span>
      </p>
    </header>
  );
}

function Nodes({ record }: { readonly record: NonNullable<SagaDetail['record']> }) {
  const { nodes, retained, detached } = record;
  const shown = nodes.slice(0, 200);
  return (
    <section class="panel">
      <h3>
        Nodes <span class="count">{nodes.length}</span>
      </h3>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">name</th>
              <th scope="col">class</th>
              <th scope="col">service</th>
              <th scope="col">state</th>
              <th scope="col">id</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ id, cn, objectClass, service, state, endedAtMs }) => (
              <tr key={`${service} ${id}`}>
                <th scope="row">{cn || '–'}</th>
                <td>{objectClass}</td>
                <td>{service}</td>
                <td>
                  {state}
                  {endedAtMs !== null && <span class="quiet"> {clockTime(endedAtMs)}</span>}
                </td>
                <td class="id" title={id}>
                  {shortId(id)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {nodes.length > shown.length && (
        <p class="quiet">{countText(nodes.length - shown.length, 'more node')}.</p>
      )}
      {detached.length > 0 && (
        <p>{countText(detached.length, 'reference')} taken out of nodes that stay.</p>
      )}
      {retained.length > 0 && <h3>Kept although agreed</h3>}
      <ul class="plain-list">
        {retained.map(({ service, what, basis, until, nodeId }) => (
          <li key={`${service} ${nodeId} ${what}`}>
            <strong>{service}</strong> keeps {what} {until === null ? '' : `until ${until} `}
            <span class="quiet">({basis})</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Operations({ why: { operations } }: { readonly why: Why }) {
  if (operations.length === 0) return null;
  return (
    <section class="panel">
      <h3>What an operator may do</h3>
      <ul class="operations">
        {operations.map(({ command, allowed, effect }) => (
          <li key={command} class={allowed ? 'allowed' : 'refused'}>
            <code>unanimous {command}</code>
            <span>{effect}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Certificate({ why: { saga, state, verb } }: { readonly why: Why }) {
  if (state !== 'done' || verb !== 'delete') return null;
  return (
    <section class="panel">
      <h3>Certificate</h3>
      <p>A signed statement about this deletion, which anybody checks without a service:</p>
      <pre class="wrapped">{`unanimous certificate ${saga} --out certificate.json --html certificate.html`}</pre>
    </section>
  );
}
