/**
 * What the process tells all screens: the overview, kept current by events. One stream for the tab.
 */
import { createContext } from 'preact';
import { useCallback, useContext, useEffect, useState } from 'preact/hooks';
import type { Overview, SagaList, Traffic } from '../contract.ts';
import { read } from './api.ts';
import { listen } from './event-stream.ts';

export interface Live {
  readonly overview: Overview | undefined;
  /** The last minute of counts, the oldest first. */
  readonly samples: readonly Traffic[];
  readonly connection: 'opening' | 'open' | 'lost';
  /** Rises when the history of these sagas has grown; `topics` names the sagas. */
  readonly told: { readonly round: number; readonly topics: readonly string[] };
}

export const LiveContext = createContext<Live>({
  overview: undefined,
  samples: [],
  connection: 'opening',
  told: { round: 0, topics: [] },
});

const samplesMax = 120;

export function useLive(): Live {
  return useContext(LiveContext);
}

/** For the root of the page, once. */
export function useLiveSource(): Live {
  const [overview, setOverview] = useState<Overview>();
  const [samples, setSamples] = useState<readonly Traffic[]>([]);
  const [connection, setConnection] = useState<Live['connection']>('opening');
  const [told, setTold] = useState<Live['told']>({ round: 0, topics: [] });
  const load = useCallback(async () => {
    const found = await read<Overview>('overview');
    setOverview(found);
    setSamples([found.traffic]);
  }, []);
  useEffect(() => {
    load().catch(() => undefined);
    return listen('events', {
      onState: setConnection,
      onEvent: (type, data) => {
        if (type === 'reset') load().catch(() => undefined);
        if (type === 'history')
          setTold(({ round }) => ({ round: round + 1, topics: JSON.parse(data) }));
        if (type === 'traffic') {
          const traffic: Traffic = JSON.parse(data);
          setSamples((before) => [...before, traffic].slice(-samplesMax));
          setOverview((before) => before && { ...before, traffic, nowMs: traffic.atMs });
        }
        if (type === 'sagas') {
          const sagas: SagaList = JSON.parse(data);
          setOverview((before) => before && { ...before, sagas });
        }
      },
    });
  }, [load]);
  return { overview, samples, connection, told };
}
