/** The frame of the page: the entrance of people without a token, the screens, and the keys. */
import { useEffect, useState } from 'preact/hooks';
import type { Session } from '../contract.ts';
import { Actor } from './actor.tsx';
import { ApiError, read } from './api.ts';
import { DeadLetters } from './dead-letters.tsx';
import { Deletion } from './deletion.tsx';
import { LiveContext, useLiveSource } from './live.ts';
import { Now } from './now.tsx';
import { hrefOf, type Route, type Screen, screens, useRoute } from './route.ts';
import { SessionContext } from './session.ts';
import { forgetToken, keepToken, tokenOfTab } from './token.ts';
import { Tree } from './tree.tsx';

const titles: Readonly<Record<Screen, string>> = {
  now: 'Now',
  deletion: 'Deletion',
  actor: 'Actor',
  tree: 'Tree',
  'dead-letters': 'Dead letters',
};

export function App() {
  const [session, setSession] = useState<Session>();
  const [problem, setProblem] = useState('');
  const enter = () => {
    if (tokenOfTab() === undefined) return;
    read<Session>('session').then(setSession, (error: Error) => {
      if (error instanceof ApiError && error.status === 401) forgetToken();
      setProblem(error.message);
    });
  };
  useEffect(enter, []);
  if (session === undefined) return <Entrance problem={problem} onToken={enter} />;
  return (
    <SessionContext.Provider value={session}>
      <Frame session={session} />
    </SessionContext.Provider>
  );
}

function Entrance({
  problem,
  onToken,
}: {
  readonly problem: string;
  readonly onToken: () => void;
}) {
  const [token, setToken] = useState('');
  const enter = (event: Event) => {
    event.preventDefault();
    keepToken(token.trim());
    onToken();
  };
  return (
    <main class="entrance">
      <h1>unanimous</h1>
      <p>
        The start line of the process has a URL with a token. Open that URL, or enter the token.
      </p>
      <form onSubmit={enter}>
        <label>
          Token
          <input
            type="password"
            autocomplete="off"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={token.trim() === ''}>
          Enter
        </button>
      </form>
      {problem !== '' && <p class="problem">{problem}</p>}
    </main>
  );
}

function Frame({ session }: { readonly session: Session }) {
  const live = useLiveSource();
  const route = useRoute();
  useScreenKeys();
  return (
    <LiveContext.Provider value={live}>
      <header class="top">
        <a class="brand" href={hrefOf('now')}>
          <img src="./mark.svg" alt="" width="24" height="24" />
          unanimous
        </a>
        <nav aria-label="Screens">
          {screens.map((screen, index) => (
            <a
              key={screen}
              href={hrefOf(screen)}
              aria-current={screen === route.screen ? 'page' : undefined}
              title={`key ${index + 1}`}
            >
              {titles[screen]}
            </a>
          ))}
        </nav>
        <span class={`connection ${live.connection}`} role="status">
          {live.connection === 'lost' ? 'reconnecting' : live.connection}
        </span>
        <span class="person">
          {session.name}
          {session.mayAct ? ' · may act' : ' · read-only'}
        </span>
      </header>
      <main class={`screen ${route.screen}`} tabIndex={-1}>
        <ScreenOf route={route} />
      </main>
    </LiveContext.Provider>
  );
}

function ScreenOf({ route }: { readonly route: Route }) {
  switch (route.screen) {
    case 'now':
      return <Now />;
    case 'deletion':
      return <Deletion id={route.parts[0]} />;
    case 'actor':
      return <Actor parts={route.parts} />;
    case 'tree':
      return <Tree id={route.parts[0]} />;
    case 'dead-letters':
      return <DeadLetters id={route.parts[0]} />;
    default:
      return route.screen satisfies never;
  }
}

/** The keys 1, 2, … open the screens. */
function useScreenKeys(): void {
  useEffect(() => {
    const press = ({ key, target, altKey, ctrlKey, metaKey }: KeyboardEvent): void => {
      const isTyping = target instanceof HTMLElement && target.matches('input, textarea, select');
      const screen = screens[Number(key) - 1];
      if (screen !== undefined && !isTyping && !altKey && !ctrlKey && !metaKey)
        location.hash = hrefOf(screen);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
