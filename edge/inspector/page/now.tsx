/** The screen *Now*: the sagas that wait, and the services and exchanges with their rates. */
import type { Overview, SagaSummary, Traffic } from '../contract.ts';
import { ExchangeMap } from './exchange-map.tsx';
import { countText, rateText } from './format.ts';
import { useLive } from './live.ts';
import { increases, serviceRate } from './rates.ts';
import { hrefOf } from './route.ts';
import { SagaLines, sagaClass } from './saga-lines.tsx';

export function Now() {
  const { overview, samples } = useLive();
  if (overview === undefined) return <p class="quiet">Reading …</p>;
  return (
    <>
      <Waiting overview={overview} />
      <section aria-labelledby="map-title">
        <h2 id="map-title">Services and exchanges</h2>
        <div class="panel map-panel">
          <ExchangeMap graph={overview.graph} samples={samples} />
        </div>
      </section>
      <ServiceTable overview={overview} samples={samples} />
      <Rows counts={overview.counts} />
    </>
  );
}

function Waiting({ overview: { sagas, nowMs } }: { readonly overview: Overview }) {
  const { open, openCount, ended } = sagas;
  return (
    <section aria-labelledby="waiting-title">
      <h2 id="waiting-title">
        Under way <span class="count">{openCount}</span>
      </h2>
      {open.length === 0 && <p class="quiet panel">No deletion and no update is under way.</p>}
      <ul class="cards">
        {open.map((saga) => (
          <SagaCard key={saga.saga} saga={saga} nowMs={nowMs} />
        ))}
      </ul>
      {openCount > open.length && (
        <p class="quiet">
          These are the oldest {countText(open.length, 'saga')} of {openCount}.
        </p>
      )}
      {ended.length > 0 && (
        <details class="ended">
          <summary>{countText(ended.length, 'saga')} ended since this process began</summary>
          <ul class="cards">
            {ended.map((saga) => (
              <SagaCard key={saga.saga} saga={saga} nowMs={nowMs} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function SagaCard({ saga, nowMs }: { readonly saga: SagaSummary; readonly nowMs: number }) {
  return (
    <li class={sagaClass('card saga', saga)}>
      <a class="cover" href={hrefOf('deletion', saga.saga)}>
        <SagaLines saga={saga} nowMs={nowMs} />
      </a>
    </li>
  );
}

function ServiceTable({
  overview: { graph, traffic },
  samples,
}: {
  readonly overview: Overview;
  readonly samples: readonly Traffic[];
}) {
  return (
    <section aria-labelledby="services-title">
      <h2 id="services-title">Rates of this process</h2>
      <div class="panel scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">service</th>
              <th scope="col">last minute</th>
              <th scope="col" class="number">
                handled/s
              </th>
              <th scope="col" class="number">
                sent/s
              </th>
              <th scope="col" class="number">
                handled
              </th>
              <th scope="col" class="number">
                {'dead letters'}
              </th>
            </tr>
          </thead>
          <tbody>
            {graph.services.map(({ name }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  <Spark values={increases(samples, name, 'handled')} />
                </td>
                <td class="number">{rateText(serviceRate(samples, name, 'handled'))}</td>
                <td class="number">{rateText(serviceRate(samples, name, 'sent'))}</td>
                <td class="number">{traffic.services[name]?.handled ?? 0}</td>
                <td class="number">{traffic.services[name]?.deadLetters ?? 0}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const sparkWidth = 120;
const sparkHeight = 20;

function Spark({ values }: { readonly values: readonly number[] }) {
  const top = Math.max(1, ...values);
  const step = sparkWidth / 119;
  const begin = sparkWidth - (values.length - 1) * step;
  const points = values.map(
    (value, index) =>
      `${begin + index * step},${sparkHeight - 1 - (value / top) * (sparkHeight - 3)}`,
  );
  return (
    <svg class="spark" width={sparkWidth} height={sparkHeight} aria-hidden="true">
      <polyline points={points.join(' ')} />
    </svg>
  );
}

function Rows({ counts }: { readonly counts: Overview['counts'] }) {
  const filled = Object.entries(counts).filter(([, rows]) => rows > 0);
  return (
    <section aria-labelledby="rows-title">
      <h2 id="rows-title">Rows</h2>
      <ul class="chips">
        {filled.map(([table, rows]) => (
          <li key={table}>
            {table} <strong>{rows.toLocaleString('en')}</strong>
          </li>
        ))}
      </ul>
    </section>
  );
}
