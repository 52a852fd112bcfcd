/** The reference to an actor that a machine sees during a step: a name and nothing else. */
import { Broken } from '../ports/errors.ts';

function refuseUse(use: string): never {
  throw new Broken(
    'machine-invalid',
    `a machine ${use}; it talks with sendTo, sendParent and raise, and its context is JSON`,
  );
}

/** What stands for an actor: enough for XState to find it and to stop it. */
export class InertReference {
  readonly id: string;
  readonly sessionId: string;

  constructor(id: string) {
    this.id = id;
    this.sessionId = id;
  }

  send(): never {
    return refuseUse('calls send of an actor');
  }

  toJSON(): never {
    return refuseUse('keeps a reference to an actor');
  }

  getSnapshot(): undefined {
    return undefined;
  }

  getPersistedSnapshot(): undefined {
    return undefined;
  }
}
