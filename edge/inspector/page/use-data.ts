/** Data of the API as a state of a component. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { read } from './api.ts';

export interface Loaded<Data> {
  readonly data: Data | undefined;
  readonly error: string | undefined;
  readonly reload: () => void;
}

type State<Data> = { readonly data?: Data; readonly error?: string };

/** What was read before stays in sight. */
function failed<Data>(data: Data | undefined, error: string): State<Data> {
  return data === undefined ? { error } : { data, error };
}

/**
 * Reads `path` now and whenever it changes; undefined reads nothing. A component that changes its
 * path needs a `key`; otherwise it shows the data of the old path until the answer arrives.
 */
export function useData<Data>(path: string | undefined): Loaded<Data> {
  const [state, setState] = useState<State<Data>>({});
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stopping = new AbortController();
    if (path === undefined) setState({});
    else
      read<Data>(path, stopping.signal).then(
        (data) => setState({ data }),
        (error: Error) => {
          if (!stopping.signal.aborted) setState(({ data }) => failed(data, error.message));
        },
      );
    return () => stopping.abort();
  }, [path, round]);
  const reload = useCallback(() => setRound((count) => count + 1), []);
  return { data: state.data, error: state.error, reload };
}
