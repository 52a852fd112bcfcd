/**
 * What each override of an operator would do to a saga now. Pure.
 *
 * - The service that has a part takes the decision when the override arrives; `allowed` says what
 *   it would decide in its present state.
 */
import type { WaitingPart } from './waiting-part.ts';

export type SagaOperation = {
  /** The command without the options for the record: `sagas skip <saga> <voter>`. */
  readonly command: string;
  readonly allowed: boolean;
  readonly effect: string;
};

type Given = {
  readonly saga: string;
  readonly parts: readonly WaitingPart[];
  readonly blockers: readonly string[];
};

const undecided = ['pending', 'asking', 'askingOld', 'placeHeld'];

/** Empty for a saga that is over. */
export function sagaOperations(given: Given): readonly SagaOperation[] {
  const owner = given.parts.find(({ role }) => role === 'owner');
  return [
    ...(owner === undefined ? [] : [cancel(given.saga, owner)]),
    ...skips(given, owner),
    ...given.parts.flatMap((part) => voterOperations(given.saga, part)),
    ...retirements(given),
  ];
}

function topStates({ reasons }: WaitingPart): readonly string[] {
  return reasons
    .filter(({ path }) => path.length === 0)
    .map(({ state }) => state.split('.')[0] ?? '');
}

function cancel(saga: string, owner: WaitingPart): SagaOperation {
  const allowed = topStates(owner).some((state) => undecided.includes(state));
  return {
    command: `sagas cancel ${saga}`,
    allowed,
    effect: allowed
      ? 'the saga is called off, nothing is deleted, and the requester hears who has cancelled and why'
      : 'refused: a decided saga only goes forward, and a saga that reads its database decides at once',
  };
}

/**
 * A voter that itself waits for another service is not offered: the skip belongs to the end of the
 * chain.
 */
function skips(
  { saga, parts, blockers }: Given,
  owner: WaitingPart | undefined,
): readonly SagaOperation[] {
  if (owner !== undefined && !topStates(owner).includes('cleaning'))
    return [
      {
        command: `sagas skip ${saga} <voter>`,
        allowed: false,
        effect: 'refused: only a decided saga stops to wait for a voter',
      },
    ];
  const cleaning = parts.flatMap(({ reasons }) =>
    reasons.filter(({ state }) => state === 'cleaning'),
  );
  const voters = new Set(cleaning.flatMap(({ waitsFor }) => waitsFor));
  return blockers
    .filter((service) => voters.has(service))
    .map((voter) => ({
      command: `sagas skip ${saga} ${voter}`,
      allowed: true,
      effect: `the saga no longer waits for ${voter}; the message still goes to ${voter}, whose rows may outlive the node until then`,
    }));
}

function voterOperations(saga: string, part: WaitingPart): readonly SagaOperation[] {
  if (part.role !== 'voter') return [];
  const { service, states } = part;
  if (states.includes('collecting'))
    return [
      {
        command: `sagas cancel ${saga} --service ${service}`,
        allowed: true,
        effect: `${service} answers no, and the owner calls the saga off`,
      },
    ];
  if (!states.includes('ok')) return [];
  return [
    {
      command: `sagas release ${saga} --service ${service}`,
      allowed: true,
      effect: `${service} drops its promise; refused while the owner answers: only for an owner that has lost its database`,
    },
  ];
}

function retirements({ parts, blockers }: Given): readonly SagaOperation[] {
  const asking = parts.flatMap(({ service, reasons }) =>
    reasons.flatMap(({ voters }) => voters.map((voter) => ({ service, voter: voter.service }))),
  );
  const pairs = new Map(
    asking
      .filter(({ voter }) => blockers.includes(voter))
      .map(({ service, voter }) => [`${service} ${voter}`, { service, voter }]),
  );
  return [...pairs.values()].map(({ service, voter }) => ({
    command: `sagas retire ${voter} --service ${service}`,
    allowed: true,
    effect: `${voter} leaves all lists of ${service}; undecided sagas that ask ${voter} are called off and can be retried`,
  }));
}
