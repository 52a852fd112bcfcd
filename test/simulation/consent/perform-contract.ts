/** A client signs, moves, holds, frees or amends a contract of the owner. */
import type { World } from '../../../testing/simulation/world.ts';
import type { ConsentOperation } from './consent-plan.ts';
import { type ConsentRun, resultOf } from './consent-run.ts';
import { placeOf } from './entities.ts';
import { idOf } from './names.ts';

type ContractOperation = Extract<ConsentOperation, { readonly what: 'contract' }>;

export async function requestContract(
  run: ConsentRun,
  operation: ContractOperation,
  world: World,
): Promise<void> {
  const { name, word } = operation;
  const action = word === 'amend' ? 'update' : word;
  const body = { action, data: dataOf(operation) };
  const result = resultOf(await world.ask(placeOf('contracts'), body, idOf(name)));
  run.results.set(name, result);
  if (result.ok) world.note(`a contract: ${word}`);
  if (result.error.includes('"gone"')) world.note('a contract is refused: its node is gone');
}

function dataOf(operation: ContractOperation) {
  const id = idOf(operation.contract);
  switch (operation.word) {
    case 'sign':
    case 'move':
      return { id, entity: operation.nodeOf, nodeId: idOf(operation.node) };
    case 'amend':
      return { id, attributes: { note: operation.name } };
    case 'hold':
    case 'free':
      return { id };
  }
}
