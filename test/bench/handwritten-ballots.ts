/**
 * A ballot by hand over RabbitMQ with everything durable: the questions are committed before they are sent, sent persistent and with
 * confirms, and an answer is acknowledged after the commit that has taken it. Whatever has come is one commit.
 *
 * Two rounds, as in the protocol: all are asked, and when all have answered all are told; the last commit removes the node. There is no
 * hierarchy, no record of who said what, no timer and nobody who waits for the result outside of this process.
 */
import { type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import { benchId } from './bench-ids.ts';
import type { Sample } from './contest.ts';
import { HandwrittenJournal } from './handwritten-journal.ts';
import { oneByOne } from './work.ts';

const answers = 'hand_ballots';
const prefetch = 256;
const rounds = ['mayDelete', 'deleting'] as const;

interface Ballot {
  readonly id: string;
  version: number;
  /** Of `rounds`. */
  round: number;
  answered: number;
  readonly done: () => void;
}

export class HandwrittenBallots {
  readonly #connection: ChannelModel;
  readonly #channel: ConfirmChannel;
  readonly #journal: HandwrittenJournal;
  readonly #voters: readonly string[];
  #ballot: Ballot | undefined;
  #arrived: ConsumeMessage[] = [];
  #committing = false;

  private constructor(
    connection: ChannelModel,
    channel: ConfirmChannel,
    journal: HandwrittenJournal,
    voters: readonly string[],
  ) {
    this.#connection = connection;
    this.#channel = channel;
    this.#journal = journal;
    this.#voters = voters;
  }

  /** `voters`: routing keys on the exchange `objects`, which is there. */
  static async open(url: string, voters: readonly string[]): Promise<HandwrittenBallots> {
    const connection = await connect(url, { noDelay: true });
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue(answers, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.bindQueue(answers, 'objects', answers);
    await channel.prefetch(prefetch);
    const ballots = new HandwrittenBallots(
      connection,
      channel,
      await HandwrittenJournal.open(),
      voters,
    );
    await channel.consume(answers, (message) => void ballots.#take(message));
    return ballots;
  }

  run(count: number): Promise<Sample> {
    const added = async (): Promise<string> => {
      const id = benchId();
      await this.#journal.addItems([id]);
      return id;
    };
    return oneByOne(count, added, (id) => this.#hold(id));
  }

  #hold(id: string): Promise<void> {
    return new Promise((done) => {
      this.#ballot = { id, version: 0, round: 0, answered: 0, done };
      void this.#commit(this.#ballot, [], 'next-round');
    });
  }

  async #take(message: ConsumeMessage | null): Promise<void> {
    if (message === null) return;
    this.#arrived.push(message);
    if (this.#committing) return;
    this.#committing = true;
    // What arrives in this moment shares the commit.
    await Promise.resolve();
    while (this.#arrived.length > 0) await this.#count(this.#arrived.splice(0));
    this.#committing = false;
  }

  async #count(taken: readonly ConsumeMessage[]): Promise<void> {
    const ballot = this.#ballot;
    if (ballot === undefined) throw new Error('an answer has come to no ballot');
    ballot.answered += taken.length;
    const isOver = ballot.answered === this.#voters.length;
    if (isOver) ballot.round += 1;
    const isLast = ballot.round === rounds.length;
    await this.#commit(
      ballot,
      taken.map(({ properties }) => String(properties.messageId)),
      isLast ? 'removed' : isOver ? 'next-round' : 'counted',
    );
    for (const message of taken) this.#channel.ack(message);
    if (isLast) ballot.done();
  }

  /** Commits what has become of the ballot, and sends what it asks next. */
  async #commit(
    ballot: Ballot,
    messageIds: readonly string[],
    what: 'next-round' | 'counted' | 'removed',
  ): Promise<void> {
    const { id, round } = ballot;
    ballot.version += 1;
    if (what === 'next-round') ballot.answered = 0;
    const action = rounds[round];
    const asked =
      what === 'next-round'
        ? this.#voters.map((voter) => ({
            id: benchId(),
            message: { action, data: { id }, to: voter },
          }))
        : [];
    const state = { round, answered: ballot.answered };
    const removed = what === 'removed' ? { deletes: id } : {};
    await this.#journal.commit([
      { id, version: ballot.version, state, messageIds, outbox: asked, ...removed },
    ]);
    for (const { id: messageId, message } of asked) this.#ask(messageId, message);
  }

  #ask(messageId: string, message: { readonly to: string }): void {
    const properties = {
      persistent: true,
      mandatory: true,
      messageId,
      correlationId: messageId,
      replyTo: answers,
    };
    this.#channel.publish(
      'objects',
      message.to,
      Buffer.from(JSON.stringify(message)),
      properties,
      () => this.#journal.confirm([messageId]),
    );
  }

  async close(): Promise<void> {
    await this.#connection.close();
    await this.#journal.close();
  }
}
