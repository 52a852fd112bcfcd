/** One of the two brokers a script is run on, reduced to what a script does and sees. */
import type { ExchangeDeclaration, QueueDeclaration } from '../../../../config/topology.ts';
import type { BindingStep, Publication, Settlement, Step } from './script.ts';

/** Every operation answers `ok` or what was refused. */
export interface BrokerSide {
  declareExchange(exchange: ExchangeDeclaration): Promise<string>;
  declareQueue(queue: QueueDeclaration): Promise<string>;
  bindQueue(binding: BindingStep): Promise<string>;
  unbindQueue(binding: BindingStep): Promise<string>;
  bindExchange(binding: BindingStep): Promise<string>;
  deleteQueue(name: string): Promise<string>;
  deleteExchange(name: string): Promise<string>;
  /** One outcome a message. */
  publish(messages: readonly Publication[], firstNumber: number): Promise<string>;
  consume(slot: number, queue: string, prefetch: number): Promise<string>;
  /** Does nothing when the slot has no such delivery. */
  settle(slot: number, index: number, how: Settlement, multiple: boolean): Promise<string>;
  cancel(slot: number): Promise<string>;
  closeChannel(slot: number): Promise<string>;
  cutConnection(slot: number): Promise<string>;
}

/** `firstNumber` numbers the bodies of a publish step. */
export function perform(side: BrokerSide, step: Step, firstNumber: number): Promise<string> {
  switch (step.op) {
    case 'declareExchange':
      return side.declareExchange(step.exchange);
    case 'declareQueue':
      return side.declareQueue(step.queue);
    case 'bindQueue':
    case 'unbindQueue':
    case 'bindExchange':
      return side[step.op](step);
    case 'deleteQueue':
    case 'deleteExchange':
      return side[step.op](step.name);
    case 'publish':
      return side.publish(step.messages, firstNumber);
    case 'consume':
      return side.consume(step.slot, step.queue, step.prefetch);
    case 'settle':
      return side.settle(step.slot, step.index, step.how, step.multiple);
    case 'cancel':
    case 'closeChannel':
    case 'cutConnection':
      return side[step.op](step.slot);
  }
}
