/** What of a restored family the code could not go on with, in words. A family that was stored by the same version has none of it. */
import type { Family, Member } from './family.ts';
import { handles } from './machine-step.ts';

const afterEvent = 'xstate.after.';

export function familyProblems({ root }: Family): readonly string[] {
  return memberProblems(root);
}

function memberProblems(member: Member): readonly string[] {
  return [
    ...timerProblems(member),
    ...activityProblems(member),
    ...member.children.values().flatMap(memberProblems),
  ];
}

/** An `after` belongs to an active state; when no active state waits for it, it would fire into nothing, and what it was for never comes. */
function timerProblems(member: Member): readonly string[] {
  const lost = member.timers
    .values()
    .filter(
      ({ event, to }) =>
        to === undefined && event.type.startsWith(afterEvent) && !handles(member, event.type),
    );
  return lost.map(
    ({ event }) => `no state of ${place(member)} waits for the timer '${event.type}'`,
  );
}

function activityProblems(member: Member): readonly string[] {
  const lost = member.activities
    .values()
    .filter(({ kind }) => !member.definition.activities.has(kind));
  return lost.map(
    ({ kind }) => `machine '${member.definition.name}' has no activity '${kind}', but one runs`,
  );
}

function place({ definition, snapshot }: Member): string {
  return `'${definition.name}' in ${JSON.stringify(snapshot.value)}`;
}

/** Tokens of everything that is under way in a family. */
export function pendingTokens({ root }: Family): ReadonlySet<string> {
  const tokens = new Set<string>();
  const visit = ({ timers, activities, children }: Member): void => {
    for (const { token } of [...timers.values(), ...activities.values()]) tokens.add(token);
    for (const child of children.values()) visit(child);
  };
  visit(root);
  return tokens;
}
