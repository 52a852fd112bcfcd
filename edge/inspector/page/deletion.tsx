/**
 * The screen *Deletion*: the sagas under way and ended, and a chosen saga as a sequence diagram.
 */
import { useState } from 'preact/hooks';
import type { SagaSummary } from '../contract.ts';
import { useLive } from './live.ts';
import { goTo } from './route.ts';
import { SagaLines, sagaClass } from './saga-lines.tsx';
import { SagaView } from './saga-view.tsx';
import { VirtualList } from './virtual-list.tsx';
import './deletion.css';

const title = 'Deletions and updates';
const keyOf = ({ saga }: SagaSummary): string => saga;

export function Deletion({ id }: { readonly id: string | undefined }) {
  const { overview } = useLive();
  if (overview === undefined) return <p class="quiet">Reading …</p>;
  const { open, openCount, ended } = overview.sagas;
  const sagas = [...open, ...ended];
  return (
    <div class={`split ${id === undefined ? 'at-list' : 'at-detail'}`}>
      <section aria-labelledby="deletion-title" class="side">
        <h2 id="deletion-title">
          {title} <span class="count">{openCount} under way</span>
        </h2>
        <FindSaga />
        {sagas.length === 0 ? (
          <p class="quiet panel">
            Nothing is under way, and nothing has ended since this process began.
          </p>
        ) : (
          <VirtualList
            rows={sagas}
            rowHeight={92}
            label={title}
            keyOf={keyOf}
            chosen={id}
            onChoose={(saga) => goTo('deletion', saga.saga)}
          >
            {(saga) => (
              <div class={sagaClass('saga-row', saga)}>
                <SagaLines saga={saga} nowMs={overview.nowMs} />
              </div>
            )}
          </VirtualList>
        )}
      </section>
      {id !== undefined && <SagaView key={id} id={id} back={title} />}
    </div>
  );
}

/** Opens a saga that is in no list: a saga that ended earlier, or the saga that deleted a node. */
function FindSaga() {
  const [text, setText] = useState('');
  const find = (event: Event) => {
    event.preventDefault();
    if (text.trim() !== '') goTo('deletion', text.trim());
  };
  return (
    <form class="find" onSubmit={find}>
      <input
        type="search"
        aria-label="Id of a saga, a request or a node"
        placeholder="Id of a saga, a request or a node"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" disabled={text.trim() === ''}>
        Open
      </button>
    </form>
  );
}
