/** The read of a voter before its answer: its own nodes that depend on the nodes of the question. */
import type { Read } from '../../runtime/ports/store.ts';
import { hierarchyRead, type LockMode } from '../hierarchy/store.ts';
import type { ConsentSettings } from './settings.ts';

/** Leaves out the nodes that `saga` has engaged already, and the nodes in `except`. */
export function dependantsRead(
  settings: ConsentSettings,
  saga: string,
  mode: LockMode,
  ids: readonly string[],
  except: readonly string[] = [],
): Read {
  const { service, objectClass, references } = settings;
  return hierarchyRead('dependants', {
    service,
    objectClass,
    references,
    saga,
    mode,
    ids,
    ...(except.length === 0 ? {} : { except }),
  });
}
