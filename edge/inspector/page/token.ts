/**
 * The token of the person. The token comes behind `#token=` in the URL of the start line, leaves the
 * address at once, and is kept for this tab only.
 */
const storageKey = 'unanimous-inspector-token';

/** The token; undefined if the tab has none. */
export function tokenOfTab(): string | undefined {
  const given = /^#token=([\w-]+)/.exec(location.hash)?.[1];
  if (given !== undefined) {
    sessionStorage.setItem(storageKey, given);
    history.replaceState(null, '', `${location.pathname}#/now`);
  }
  return sessionStorage.getItem(storageKey) ?? undefined;
}

export function keepToken(token: string): void {
  sessionStorage.setItem(storageKey, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(storageKey);
}
