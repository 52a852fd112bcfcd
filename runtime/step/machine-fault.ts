/**
 * The error that a machine has thrown, with the machine's name where the error alone does not help.
 */
import { Broken, errorText } from '../ports/errors.ts';

/** What V8 says of a write to a frozen object; XState puts these words into an error of its own. */
const frozenWrite =
  /object is not extensible|Cannot assign to read only property|Cannot delete property/;

/** `machine`: the name of the machine. `state`: the state value that the machine was in. */
export function machineFault(error: unknown, machine: string, state: unknown): unknown {
  const place = `machine '${machine}', state ${JSON.stringify(state)}`;
  if (error instanceof Broken && error.code === 'not-json') {
    const { message, at, cause } = error;
    return new Broken('not-json', `${place}: ${message}`, { cause, ...(at && { at }) });
  }
  const text = errorText(error);
  if (error instanceof Broken || !frozenWrite.test(text)) return error;
  return new Broken(
    'machine-invalid',
    `${place}: it changes a value of the context or of the event in place (${text}); ` +
      'allowed is assign with a new value',
    { cause: error },
  );
}
