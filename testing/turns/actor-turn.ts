/**
 * One turn of an actor with one input, without a runtime: a single call of `computeTurn`.
 * Specifications and explorations step their actors here, so they cannot differ from the runtime.
 *
 * Invariants:
 * - At once: reads are answered at once, so a turn is a value and not a promise.
 * - One input: the turn always contains its only input.
 */
import type { Input } from '../../runtime/messages/input.ts';
import type { Sender } from '../../runtime/messages/turn-messages.ts';
import type { ActorAddress } from '../../runtime/ports/address.ts';
import { Broken, type UnanimousError } from '../../runtime/ports/errors.ts';
import type { TurnCommit } from '../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { noLog } from '../../runtime/ports/log.ts';
import type { Read } from '../../runtime/ports/store.ts';
import type { Family } from '../../runtime/step/family.ts';
import type { MachineDefinition } from '../../runtime/step/machine-definition.ts';
import { startFamily } from '../../runtime/step/machine-step.ts';
import type { StepEffect } from '../../runtime/step/step-effect.ts';
import type { Eventually } from '../../runtime/turn/eventually.ts';
import { withReads } from '../../runtime/turn/step-reads.ts';
import {
  computeTurn,
  type InputOutcome,
  recordOf,
  type TurnPorts,
} from '../../runtime/turn/turn.ts';
import { TurnDraft } from '../../runtime/turn/turn-draft.ts';
import { type ActorRows, noRows } from './actor-rows.ts';

/** An actor, as far as no turn changes it. */
export interface SpecifiedActor {
  readonly address: ActorAddress;
  readonly service: Sender['service'];
  readonly machine: MachineDefinition & { readonly ephemeral: boolean };
}

/** The surroundings of one turn. */
export interface Surroundings {
  readonly nowMs: number;
  readonly newId: () => string;
  readonly read: (read: Read) => Json;
}

/** `family` is the family behind the record of `rows`; undefined when the actor does not exist. */
export interface TurnInput {
  readonly rows: ActorRows;
  readonly family: Family | undefined;
  readonly input: Input;
  /** Questions whose answers change nothing, by correlation id. */
  readonly closedAsks?: ReadonlySet<string>;
  /** The error with which a write of this input was refused. */
  readonly writeError?: UnanimousError | undefined;
}

export interface ActorTurn {
  readonly commit: TurnCommit;
  readonly family: Family | undefined;
  readonly outcome: InputOutcome;
}

const noAsks: ReadonlySet<string> = new Set();

/** The turn of an actor over one input. Throws `Transient` when a read is. */
export function turnOf(
  { address, service, machine }: SpecifiedActor,
  { rows, family, input, closedAsks = noAsks, writeError }: TurnInput,
  surroundings: Surroundings,
): ActorTurn {
  const seen = input.kind === 'event' ? rows.inbox.get(input.identity ?? '') : undefined;
  const turn = atOnce(
    computeTurn(
      {
        address,
        service,
        machine,
        family,
        unread: undefined,
        loaded: { version: rows.version, seen: seen === undefined ? [] : [seen] },
        inputs: [input],
        closedAsks,
        setback: writeError && { kind: 'told', error: writeError },
      },
      portsOf(surroundings, rows.version),
    ),
  );
  const [outcome] = turn.outcomes;
  if (outcome === undefined) throw new Broken('broken', 'a turn ended before its only input');
  return { commit: turn.commit, family: turn.family, outcome };
}

/** An actor that starts without a message. */
export interface ActorStart {
  readonly commit: TurnCommit;
  readonly family: Family;
  readonly effects: readonly StepEffect[];
}

/** The start of an actor. `input`: the input that its machine gets at the start. */
export function startOf(
  { address, service, machine }: SpecifiedActor,
  input: JsonObject,
  surroundings: Surroundings,
): ActorStart {
  const ports = portsOf(surroundings, noRows.version);
  const stamp = () => ({ atMs: ports.now(), newId: ports.newId() });
  const { family, effects } = atOnce(
    withReads(startFamily(machine, input, stamp(), address.key), {
      stamp,
      read: surroundings.read,
    }),
  );
  const draft = new TurnDraft(
    { address, service, machine, family: undefined, loaded: { version: noRows.version, seen: [] } },
    ports,
  );
  draft.take(effects, family);
  return { commit: draft.commit(recordOf(family)), family, effects };
}

/** `version`: the version with which the turn begins; the ids of rows are made of it. */
function portsOf({ nowMs, newId, read }: Surroundings, version: number): TurnPorts {
  let rows = 0;
  return {
    now: () => nowMs,
    newId,
    rowId: () => {
      rows += 1;
      return `row-${version + 1}.${rows}`;
    },
    log: noLog,
    read: (_service, wanted) => read(wanted),
  };
}

function atOnce<T>(value: Eventually<T>): T {
  if (value instanceof Promise) throw new Broken('broken', 'a read was not answered at once');
  return value;
}
