/** The read a voter needs before it answers: what of its own hangs on the nodes it is asked about. */
import type { Read } from '../../runtime/ports/store.ts';
import { hierarchyRead, type LockMode } from '../hierarchy/store.ts';
import type { ConsentSettings } from './settings.ts';

/** What is engaged under `saga` already is left out, and what `except` names. */
export function dependantsRead(
  settings: ConsentSettings,
  saga: string,
  mode: LockMode,
  ids: readonly string[],
  except: readonly string[] = [],
): Read {
  const { service, objectClass, references } = settings;
  const more = except.length === 0 ? {} : { except };
  return hierarchyRead('dependants', {
    service,
    objectClass,
    references,
    saga,
    mode,
    ids,
    ...more,
  });
}
