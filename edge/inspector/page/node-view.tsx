/**
 * A node: its owner, its subscribers, the sagas that hold it, and what a deletion would take along
 * now.
 */

import { useEffect } from 'preact/hooks';
import type { NodeDetail, PlanAnswer } from '../contract.ts';
import { countText } from './format.ts';
import { useLive } from './live.ts';
import { NotRead } from './not-read.tsx';
import { goTo, hrefOf } from './route.ts';
import { useData } from './use-data.ts';

export function NodeView({ id }: { readonly id: string }) {
  const path = `nodes/${encodeURIComponent(id)}`;
  const { data, error, reload } = useData<NodeDetail>(path);
  const { told } = useLive();
  useEffect(reload, [reload, told.round]);
  const button = (
    <button type="button" class="back" onClick={() => goTo('tree')}>
      The tree
    </button>
  );
  if (data === undefined) return <NotRead error={error}>{button}</NotRead>;
  const { cn, objectClass, owner, state, subscribers, refusals, unanswered, sagas } = data;
  return (
    <article class="detail node-view">
      {button}
      <header class="panel">
        <h2>
          {cn ?? id} <span class={`badge node-${state}`}>{state}</span>
        </h2>
        <dl class="facts-list">
          <dt>class</dt>
          <dd>{objectClass ?? 'not known'}</dd>
          <dt>owner</dt>
          <dd>
            {owner ??
              (state === 'gone' ? 'nobody any more' : 'no service: a node of the tree itself')}
          </dd>
          <dt>asked before a deletion</dt>
          <dd>{subscribers.map(({ service }) => service).join(', ') || 'nobody'}</dd>
          <dt>id</dt>
          <dd class="id">{id}</dd>
        </dl>
        {refusals.map(({ nodeId, reason }) => (
          <p key={`${nodeId} ${reason}`} class="problem">
            {owner} would say no: {reason}
          </p>
        ))}
        {unanswered !== null && <p class="problem">{unanswered}</p>}
        {sagas.map(({ saga, verb, text }) => (
          <p key={saga}>
            <a href={hrefOf('deletion', saga)}>{`Held by a saga (${verb})`}</a>: {text}
          </p>
        ))}
      </header>
      {state === 'free' && owner !== null && <Plan path={`${path}/plan`} />}
    </article>
  );
}

const outcomes: Readonly<Record<PlanAnswer['outcome'], string>> = {
  agreed: 'Everybody would agree.',
  refused: 'Somebody would say no.',
  uncertain: 'Nobody would say no, and somebody cannot be asked.',
};

function Plan({ path }: { readonly path: string }) {
  const { data, error, reload } = useData<PlanAnswer>(path);
  if (error !== undefined) return <p class="problem panel">{error}</p>;
  if (data === undefined) return <p class="quiet panel">Asking who would agree …</p>;
  const { outcome, totals, nodes, votes, services } = data;
  return (
    <section class={`panel plan outcome-${outcome}`}>
      <h3>
        What a deletion would take now
        <button type="button" onClick={reload}>
          Ask again
        </button>
      </h3>
      <p class="sentence">
        {outcomes[outcome]} {countText(totals.nodes, 'node')} of{' '}
        {countText(totals.services, 'service')}, {countText(totals.rows, 'row')},{' '}
        {countText(totals.files, 'file')}.
      </p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">service</th>
              <th scope="col" class="number">
                nodes
              </th>
              <th scope="col">rows</th>
            </tr>
          </thead>
          <tbody>
            {services.map(({ service, nodes: count, rows }) => (
              <tr key={service}>
                <th scope="row">{service}</th>
                <td class="number">{count}</td>
                <td>{rows.map(({ table, rows: of }) => `${table} ${of}`).join(', ') || '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h3>Votes</h3>
      <ul class="votes">
        {votes.slice(0, 200).map(({ voter, nodeId, vote, reason }) => (
          <li key={`${voter} ${nodeId}`} class={`vote-${vote}`}>
            <span class="badge">{vote}</span> <strong>{voter}</strong>
            {reason !== null && `: ${reason}`}
          </li>
        ))}
        {votes.length === 0 && <li class="quiet">Nobody has to be asked.</li>}
      </ul>
      <h3>Nodes that would go</h3>
      <ul class="chips">
        {nodes.slice(0, 200).map(({ service, id, cn, objectClass }) => (
          <li key={`${service} ${id}`} title={`${id} of ${service}`}>
            <strong>{cn || id}</strong> {objectClass}
          </li>
        ))}
      </ul>
    </section>
  );
}
