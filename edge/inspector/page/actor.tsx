/**
 * The screen *Actor*: the actors of a service, and a chosen actor with its statechart.
 */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { ActorList, ActorSummary } from '../contract.ts';
import { ActorView } from './actor-view.tsx';
import { read } from './api.ts';
import { countText } from './format.ts';
import { goTo } from './route.ts';
import { useSession } from './session.ts';
import { VirtualList } from './virtual-list.tsx';
import './actor.css';

const keyOf = ({ machine, key }: ActorSummary): string => `${machine} ${key}`;

/** `parts`: the service, the machine and the key, as far as they are chosen. */
export function Actor({ parts }: { readonly parts: readonly string[] }) {
  const { services } = useSession();
  const [service = services[0] ?? '', machine, key] = parts;
  const isChosen = machine !== undefined && key !== undefined;
  return (
    <div class={`split ${isChosen ? 'at-detail' : 'at-list'}`}>
      <section aria-labelledby="actor-title" class="side">
        <h2 id="actor-title">Actors</h2>
        <label class="service-choice">
          Service
          <select value={service} onChange={(event) => goTo('actor', event.currentTarget.value)}>
            {services.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Actors
          key={service}
          service={service}
          chosen={isChosen ? `${machine} ${key}` : undefined}
        />
      </section>
      {isChosen && (
        <ActorView
          key={parts.join(' ')}
          path={[service, machine, key].map(encodeURIComponent).join('/')}
          onBack={() => goTo('actor', service)}
        />
      )}
    </div>
  );
}

function Actors({
  service,
  chosen,
}: {
  readonly service: string;
  readonly chosen: string | undefined;
}) {
  const [wanted, setWanted] = useState('');
  const { actors, isAll, error, more } = useActors(service, wanted);
  return (
    <>
      <FindActor onFind={setWanted} />
      {error !== '' && <p class="problem">{error}</p>}
      {actors !== undefined && actors.length === 0 && (
        <p class="quiet panel">
          {wanted === ''
            ? 'Every actor of this service has ended.'
            : 'No actor of this service has this key.'}
        </p>
      )}
      {actors !== undefined && actors.length > 0 && (
        <>
          <p class="quiet list-count">
            {countText(actors.length, 'actor')}
            {isAll ? '' : ' and more'}
            {wanted === '' ? ' under way' : ' with this key'}
          </p>
          <VirtualList
            rows={actors}
            rowHeight={60}
            label="Actors"
            keyOf={keyOf}
            chosen={chosen}
            onChoose={({ machine, key }) => goTo('actor', service, machine, key)}
            onEnd={more}
          >
            {(actor) => <ActorRow actor={actor} />}
          </VirtualList>
        </>
      )}
    </>
  );
}

function ActorRow({ actor: { machine, key, status, states } }: { readonly actor: ActorSummary }) {
  return (
    <>
      <span class="what">
        <strong>{machine}</strong>{' '}
        <span class="quiet">{status === 'active' ? states : status}</span>
      </span>
      <span class="id" title={key}>
        {key}
      </span>
    </>
  );
}

function FindActor({ onFind }: { readonly onFind: (key: string) => void }) {
  const [text, setText] = useState('');
  const find = (event: Event) => {
    event.preventDefault();
    onFind(text.trim());
  };
  return (
    <form class="find" onSubmit={find}>
      <input
        type="search"
        aria-label="Key of an actor"
        placeholder="Key of an actor"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit">Find</button>
    </form>
  );
}

interface Found {
  readonly actors: readonly ActorSummary[] | undefined;
  readonly isAll: boolean;
  readonly error: string;
  /** Reads the next batch. */
  readonly more: () => void;
}

function useActors(service: string, wanted: string): Found {
  const [list, setList] = useState<ActorList>();
  const [error, setError] = useState('');
  const [after, setAfter] = useState<ActorList['next']>(null);
  useEffect(() => {
    setList(undefined);
    setAfter(null);
  }, [wanted]);
  useEffect(() => {
    const stopping = new AbortController();
    const query = new URLSearchParams(wanted === '' ? (after ?? {}) : { key: wanted });
    read<ActorList>(`actors/${encodeURIComponent(service)}?${query}`, stopping.signal).then(
      (found) => {
        setError('');
        setList((before) =>
          after === null || before === undefined
            ? found
            : { data: [...before.data, ...found.data], next: found.next },
        );
      },
      (failure: Error) => !stopping.signal.aborted && setError(failure.message),
    );
    return () => stopping.abort();
  }, [service, wanted, after]);
  const next = list?.next ?? null;
  const more = useCallback(() => {
    if (next !== null) setAfter(next);
  }, [next]);
  return { actors: list?.data, isAll: next === null, error, more };
}
