/**
 * An actor: why it waits, its machines as charts, its context, timers and activities, and the steps
 * that this page has seen.
 */

import { useEffect, useState } from 'preact/hooks';
import type { ActorDetail, ActorMachine, ActorStep } from '../contract.ts';
import { clockTime, countText, duration, eventText } from './format.ts';
import { JsonView } from './json-view.tsx';
import { useLive } from './live.ts';
import { NotRead } from './not-read.tsx';
import { Statechart } from './statechart.tsx';
import { useClock } from './use-clock.ts';
import { useData } from './use-data.ts';

export function ActorView({
  path,
  onBack,
}: {
  readonly path: string;
  readonly onBack: () => void;
}) {
  const { data, error, reload } = useData<ActorDetail>(`actors/${path}`);
  useReloadOnTurns(path, reload);
  const nowMs = useClock(data?.nowMs ?? 0);
  const [place, setPlace] = useState<number>();
  const [chosen, setChosen] = useState(0);
  const button = (
    <button type="button" class="back" onClick={onBack}>
      All actors
    </button>
  );
  if (data === undefined) return <NotRead error={error}>{button}</NotRead>;
  const { machines, steps } = data;
  const machine = machines[chosen] ?? machines[0];
  const step = place === undefined || chosen > 0 ? undefined : steps[place];
  return (
    <article class="detail actor-view">
      {button}
      <Head data={data} nowMs={nowMs} />
      {steps.length > 1 && chosen === 0 && (
        <Scrubber steps={steps} place={place} onMove={setPlace} />
      )}
      {machine !== undefined && (
        <section class="panel chart-panel">
          <Machines machines={machines} chosen={chosen} onChoose={setChosen} />
          {machine.chart === null ? (
            <p class="quiet">The code does not know the stored version of this machine.</p>
          ) : (
            <Statechart chart={machine.chart} active={step?.active ?? machine.active} />
          )}
        </section>
      )}
      {machine !== undefined && <Context context={step?.context ?? machine.context} />}
      <Waiting data={data} nowMs={nowMs} />
      <History data={data} />
    </article>
  );
}

/** An actor changes by a turn of its service; another process may take the turn, too. */
function useReloadOnTurns(path: string, reload: () => void): void {
  const { samples } = useLive();
  const service = decodeURIComponent(path.split('/')[0] ?? '');
  const turns = samples.at(-1)?.services[service]?.turns ?? 0;
  useEffect(reload, [reload, turns]);
  useEffect(() => {
    const timer = setInterval(reload, 5_000);
    return () => clearInterval(timer);
  }, [reload]);
}

function Head({ data, nowMs }: { readonly data: ActorDetail; readonly nowMs: number }) {
  const { address, status, machineVersion, reasons } = data;
  return (
    <header class="panel">
      <h2 class="actor-title">
        {address.machine} <span class={`badge status-${status}`}>{status}</span>
      </h2>
      {reasons.map(({ path, machine, state, text, untilMs, next, error }) => (
        <div key={`${path.join('/')} ${state}`} class="reason-line">
          <p class="sentence">
            <strong>{[machine, state].filter((part) => part !== '').join(', ')}</strong>: {text}
          </p>
          {untilMs !== null && (
            <p class="quiet">
              {untilMs > nowMs ? `in ${duration(untilMs - nowMs)}` : 'overdue'}
              {next !== null && `: ${next}`}
            </p>
          )}
          {error !== null && <p class="problem">{error}</p>}
        </div>
      ))}
      <p class="facts">
        {address.service} · version {machineVersion} · <span class="id">{address.key}</span>
      </p>
    </header>
  );
}

interface ScrubberProps {
  readonly steps: readonly ActorStep[];
  readonly place: number | undefined;
  readonly onMove: (place: number | undefined) => void;
}

function Scrubber({ steps, place, onMove }: ScrubberProps) {
  const last = steps.length - 1;
  const at = place ?? last;
  const step = steps[at];
  return (
    <section class="panel scrubber" aria-label="Steps since this page asked for the actor">
      <input
        type="range"
        min={0}
        max={last}
        value={at}
        aria-label="Step"
        onInput={({ currentTarget }) => {
          const to = Number(currentTarget.value);
          onMove(to === last ? undefined : to);
        }}
      />
      <p class="facts">
        step {at + 1} of {steps.length}
        {step !== undefined &&
          ` · ${clockTime(step.atMs)} · handled ${countText(step.handled, 'message')}, sent ${step.sent.length}`}
      </p>
    </section>
  );
}

interface MachinesProps {
  readonly machines: readonly ActorMachine[];
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
}

/** The actor's machine and its children. */
function Machines({ machines, chosen, onChoose }: MachinesProps) {
  if (machines.length < 2) return null;
  return (
    <p class="machine-choice">
      {machines.map(({ path, name, status }, index) => (
        <button
          key={path.join('/')}
          type="button"
          aria-pressed={index === chosen}
          onClick={() => onChoose(index)}
        >
          {path.length === 0 ? name : `${path.join(' / ')} (${name})`}
          {status === 'active' ? '' : `, ${status}`}
        </button>
      ))}
    </p>
  );
}

function Context({ context }: { readonly context: ActorMachine['context'] }) {
  return (
    <section class="panel">
      <h3>Context</h3>
      <JsonView value={context} />
    </section>
  );
}

function Waiting({ data, nowMs }: { readonly data: ActorDetail; readonly nowMs: number }) {
  const timers = data.machines.flatMap(({ timers: own, name }) =>
    own.map((timer) => ({ name, ...timer })),
  );
  return (
    <section class="panel">
      <h3>Timers and activities</h3>
      {timers.length + data.activities.length === 0 && (
        <p class="quiet">No timer and no activity.</p>
      )}
      <ul class="plain-list">
        {timers.map(({ name, event, dueAtMs }) => (
          <li key={`${name} ${event}`}>
            <strong>{eventText(event)}</strong> of {name}{' '}
            {dueAtMs > nowMs ? `in ${duration(dueAtMs - nowMs)}` : 'is due'}
          </li>
        ))}
        {data.activities.map(({ kind, path, attempt, notBeforeMs, progress, instance }) => (
          <li key={`${path.join('/')} ${kind} ${attempt}`}>
            <strong>{kind}</strong>{' '}
            {attempt === 0 ? 'runs' : `has failed ${countText(attempt, 'time')}`}
            {notBeforeMs > nowMs && `, next try in ${duration(notBeforeMs - nowMs)}`}{' '}
            <span class="quiet">in the process {instance}</span>
            {progress !== null && <JsonView value={progress} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function History({ data: { history } }: { readonly data: ActorDetail }) {
  if (history.length === 0) return null;
  return (
    <section class="panel">
      <h3>
        History <span class="count">{history.length}</span>
      </h3>
      <ol class="plain-list history">
        {[...history].reverse().map(({ atMs, line }, index) => (
          <li key={`${atMs} ${index}`}>
            <span class="quiet">{clockTime(atMs)}</span> <strong>{String(line['what'])}</strong>
            <details>
              <summary>line</summary>
              <JsonView value={line} />
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}
