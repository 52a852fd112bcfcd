/**
 * Services and exchanges as a graph: gateways on the left, exchanges in the middle, the other
 * services on the right. An edge with messages moves.
 *
 * - rows: an exchange stands beside the services that read from it, so most edges are short.
 */
import type { ExchangeGraph, GraphEdge, GraphService, Traffic } from '../contract.ts';
import { rateText } from './format.ts';
import { busyEdges, serviceRate } from './rates.ts';

const rowHeight = 46;
const boxHeight = 34;
const columns = {
  gateway: { x: 10, width: 210 },
  exchange: { x: 380, width: 180 },
  service: { x: 720, width: 230 },
} as const;
const mapWidth = 960;

interface Placed {
  readonly id: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

interface PlacedMap {
  readonly gateways: readonly Placed[];
  readonly services: readonly Placed[];
  readonly exchanges: readonly Placed[];
  readonly height: number;
}

export function ExchangeMap({
  graph,
  samples,
}: {
  readonly graph: ExchangeGraph;
  readonly samples: readonly Traffic[];
}) {
  const { gateways, services, exchanges, height } = placed(graph);
  const busy = busyEdges(samples);
  const boxes = new Map([...gateways, ...services].map((box) => [box.id, box]));
  const middles = new Map(exchanges.map((box) => [box.id, box]));
  return (
    <svg
      class="map"
      viewBox={`0 0 ${mapWidth} ${height}`}
      role="img"
      aria-label="Services and exchanges"
    >
      {graph.edges.map((edge) => {
        const id = `${edge.kind}|${edge.service}|${edge.exchange}`;
        const from = boxes.get(edge.service);
        const to = middles.get(edge.exchange);
        if (from === undefined || to === undefined) return null;
        const state = busy.has(id) ? 'busy' : 'calm';
        return <path key={id} class={`edge ${edge.kind} ${state}`} d={curve(edge, from, to)} />;
      })}
      {exchanges.map(({ id, label, x, y, width }) => (
        <g key={id} class="exchange">
          <rect x={x} y={y} width={width} height={boxHeight} rx={boxHeight / 2} />
          <text x={x + width / 2} y={y + boxHeight / 2}>
            {label}
          </text>
        </g>
      ))}
      {[...gateways, ...services].map((box) => (
        <ServiceBox key={box.id} box={box} rate={serviceRate(samples, box.id, 'handled')} />
      ))}
    </svg>
  );
}

function ServiceBox({ box, rate }: { readonly box: Placed; readonly rate: number }) {
  const { id, label, x, y, width } = box;
  return (
    <g class={`service ${rate > 0 ? 'busy' : 'calm'}`} data-service={id}>
      <rect x={x} y={y} width={width} height={boxHeight} rx={8} />
      <text class="name" x={x + 12} y={y + boxHeight / 2}>
        {label}
      </text>
      <text class="rate" x={x + width - 12} y={y + boxHeight / 2}>
        {rate > 0 ? `${rateText(rate)}/s` : ''}
      </text>
    </g>
  );
}

/** Left of the exchange a service stands at the left side, else at the right side. */
function curve({ kind }: GraphEdge, service: Placed, exchange: Placed): string {
  const isLeft = service.x < exchange.x;
  const shift = kind === 'publishes' ? -6 : 6;
  const startX = isLeft ? service.x + service.width : service.x;
  const endX = isLeft ? exchange.x : exchange.x + exchange.width;
  const startY = service.y + boxHeight / 2 + shift;
  const endY = exchange.y + boxHeight / 2 + shift;
  const middle = (startX + endX) / 2;
  const there = `M${startX} ${startY}C${middle} ${startY} ${middle} ${endY} ${endX} ${endY}`;
  const back = `M${endX} ${endY}C${middle} ${endY} ${middle} ${startY} ${startX} ${startY}`;
  return kind === 'publishes' ? there : back;
}

function placed({ services, exchanges, edges }: ExchangeGraph): PlacedMap {
  const order = exchanges.map(({ name }) => name);
  const rowOf = ({ name }: GraphService): number => {
    const read = edges.find(({ kind, service }) => kind === 'delivers' && service === name);
    return order.indexOf(read?.exchange ?? '');
  };
  const sorted = [...services].sort((a, b) => rowOf(a) - rowOf(b));
  const gateways = sorted.filter(({ role }) => role === 'gateway');
  const others = sorted.filter(({ role }) => role !== 'gateway');
  const rows = Math.max(gateways.length, others.length, exchanges.length, 1);
  const spread = (column: keyof typeof columns, names: readonly string[]): readonly Placed[] =>
    names.map((name, index) => ({
      id: name,
      label: name,
      ...columns[column],
      y: 8 + ((index + 0.5) * rows * rowHeight) / names.length - boxHeight / 2,
    }));
  const nameOf = ({ name }: GraphService) => name;
  return {
    gateways: spread('gateway', gateways.map(nameOf)),
    services: spread('service', others.map(nameOf)),
    exchanges: spread('exchange', order),
    height: rows * rowHeight + 16,
  };
}
