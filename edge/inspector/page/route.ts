/** The screen in the address: `#/actor/orders/order/17` is the screen `actor` of an actor. */
import { useEffect, useState } from 'preact/hooks';

export const screens = ['now', 'deletion', 'actor', 'tree', 'dead-letters'] as const;
export type Screen = (typeof screens)[number];

export interface Route {
  readonly screen: Screen;
  /** The rest of the path. */
  readonly parts: readonly string[];
}

export function routeOf(hash: string): Route {
  const [name, ...parts] = hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
  const screen = screens.find((known) => known === name) ?? 'now';
  return { screen, parts: parts.filter((part) => part !== '') };
}

export function hrefOf(screen: Screen, ...parts: readonly string[]): string {
  return `#/${[screen, ...parts].map(encodeURIComponent).join('/')}`;
}

export function goTo(screen: Screen, ...parts: readonly string[]): void {
  location.hash = hrefOf(screen, ...parts);
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const update = (): void => setRoute(routeOf(location.hash));
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return route;
}
