/**
 * Server-sent events over `fetch`, because `EventSource` sends no token.
 *
 * - resume: after a lost connection the stream begins after the last event that was seen.
 * - patient: attempts come after 0.5, 1, 2, 4 and then every 5 seconds.
 */
import { ApiError, apiUrl, authorization } from './api.ts';

export interface StreamListener {
  readonly onEvent: (type: string, data: string) => void;
  readonly onState: (state: 'open' | 'lost') => void;
  /** The server has no more events, or refuses the token. */
  readonly onEnd?: (error?: ApiError) => void;
}

const longestWaitMs = 5_000;

/** Begins the stream. The result ends it. */
export function listen(path: string, listener: StreamListener): () => void {
  const stopping = new AbortController();
  void follow(path, listener, stopping.signal);
  return () => stopping.abort();
}

async function follow(path: string, listener: StreamListener, signal: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  let waitMs = 500;
  while (!signal.aborted) {
    try {
      const resume = lastId === undefined ? {} : { 'last-event-id': lastId };
      const headers = { ...authorization(), accept: 'text/event-stream', ...resume };
      const response = await fetch(apiUrl(path), { headers, signal });
      if (response.status === 204) return listener.onEnd?.();
      if (response.status < 500 && !response.ok)
        return listener.onEnd?.(new ApiError(response.status, await response.text()));
      if (response.ok && response.body !== null) {
        listener.onState('open');
        waitMs = 500;
        for await (const { id, type, data } of eventsIn(response.body)) {
          lastId = id ?? lastId;
          if (data !== undefined) listener.onEvent(type, data);
        }
      }
    } catch {
      if (signal.aborted) return;
    }
    listener.onState('lost');
    await pause(waitMs, signal);
    waitMs = Math.min(waitMs * 2, longestWaitMs);
  }
}

interface StreamEvent {
  readonly id?: string;
  readonly type: string;
  readonly data?: string;
}

async function* eventsIn(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<StreamEvent> {
  const reader = body.pipeThrough<string>(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) yield eventOf(block);
  }
}

function eventOf(block: string): StreamEvent {
  const fields = new Map(
    block.split('\n').flatMap((line) => {
      const at = line.indexOf(': ');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 2)] as const] : [];
    }),
  );
  const id = fields.get('id');
  const data = fields.get('data');
  return {
    type: fields.get('event') ?? 'message',
    ...(id === undefined ? {} : { id }),
    ...(data === undefined ? {} : { data }),
  };
}

function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, waitMs);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
