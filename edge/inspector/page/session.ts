/** The person of the tab, for all screens. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Session } from '../contract.ts';

export const SessionContext = createContext<Session>({ name: '', mayAct: false, services: [] });

export function useSession(): Session {
  return useContext(SessionContext);
}
