/**
 * The steps of the demo. Each step prints what happens and checks it; `final-state.ts` checks the
 * state at the end.
 *
 * - observed: every printed and checked fact is read through the services, from the journal or from
 *   the disk.
 * - no-sleep: a step waits for history lines, answers and the end of a process, each with a
 *   deadline; never for time to pass.
 * - once: a saga is told from the history in its journal, after its end, with the milliseconds
 *   since its beginning.
 */
import { isJsonObject } from '../../config/json.ts';
import { systemClock } from '../../runtime/ports/clock.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { DemoSetup } from './demo-setup.ts';
import { checkFinalState, readTree } from './final-state.ts';
import {
  checkCardOrder,
  checkRemovalOrder,
  decisionTime,
  must,
  removalTimes,
} from './history-checks.ts';
import { nodeIdsOf, type Sentence, sentencesOf } from './history-sentences.ts';
import { type ImageFile, writeImages } from './image-folder.ts';
import {
  countedByClass,
  expectedTree,
  nodeNamed,
  nodesOf,
  readShop,
  type Shop,
  type ShopCard,
  withDescendants,
} from './shop.ts';
import { ShopBuilder } from './shop-builder.ts';
import type { Terminal } from './terminal.ts';
import { burnToken } from './token-step.ts';

const deadlineMs = 30_000;

/** The user in whose name the demo deletes cards. */
const user = 'ivanova';
const constantInUse = 'cutting-speed-steel';
const sectionToDelete = 'turning';
const machineToDelete = 'mill-2';
/** The service whose process is killed. */
const killedService = 'objects_model_crud';

export class DemoSteps {
  readonly #setup: DemoSetup;
  readonly #terminal: Terminal;
  readonly #shop: Shop = readShop();
  /** Ids of the nodes by their `cn`. */
  readonly #ids = new Map<string, string>();
  /** Image files by the id of their card. */
  readonly #files = new Map<string, readonly ImageFile[]>();

  constructor(setup: DemoSetup, terminal: Terminal) {
    this.#setup = setup;
    this.#terminal = terminal;
  }

  async run(): Promise<void> {
    this.#terminal.heading(this.#setup.description);
    await this.#createShop();
    await this.#refuseConstant();
    await this.#deleteSection();
    await this.#deleteCards();
    await this.#killProcess();
    await this.#checkEnd();
    await this.#burnToken();
  }

  async #createShop(): Promise<void> {
    this.#terminal.heading('1. Messages create a metalworking shop.');
    const { processes, imageFolder } = this.#setup;
    processes.prepareSpare();
    await new ShopBuilder(processes, this.#ids).build(this.#shop);
    for (const card of this.#shop.cards) await this.#createCard(card);
    await this.#expectTree([]);
    const nodes = nodesOf(this.#shop);
    this.#terminal.say(`The tree has ${nodes.length} nodes: ${countedByClass(nodes)}.`);
    const { cards } = this.#shop;
    const images = [...this.#files.values()].flat().length;
    this.#terminal.say(`${cards.length} cards have ${images} images in ${imageFolder}`);
  }

  async #createCard(card: ShopCard): Promise<void> {
    const { processes, imageFolder } = this.#setup;
    const files = writeImages(imageFolder, card);
    this.#files.set(card.id, files);
    const { id, owner, transaction } = card;
    const metadata = { must_be_deleted_files: files.map(({ url }) => url) };
    const answers = [
      await processes.request('transactions', 'create', { transaction, card: id }),
      await processes.request('mcards', 'create', { id, owner, transaction, metadata }),
    ];
    must(
      answers[0]?.['id'] === transaction && answers[1]?.['id'] === id,
      `the card ${id} could not be created: ${JSON.stringify(answers)}`,
    );
  }

  async #refuseConstant(): Promise<void> {
    this.#terminal.heading(`2. A client deletes the constant ${constantInUse}; methods use it.`);
    const { processes } = this.#setup;
    const answer = await this.#delete(constantInUse);
    const { code, message } = errorIn(answer);
    must(
      code === 409 && String(message).includes('methods_model_crud says no'),
      `the deletion should have been refused; the answer is ${JSON.stringify(answer)}`,
    );
    await processes.settled(deadlineMs);
    await this.#expectTree([]);
    const { topic } = await this.#ownerLine('called off', constantInUse);
    this.#tell(await processes.history(topic));
    this.#terminal.say('The client gets the error 409. Every node is still there.');
  }

  async #deleteSection(): Promise<void> {
    const section = nodeNamed(this.#shop, sectionToDelete);
    this.#terminal.heading(
      `3. A client deletes the section ${sectionToDelete}; alerts, tags and methods depend on it.`,
    );
    const { processes } = this.#setup;
    const answer = await this.#delete(sectionToDelete);
    must(answer['error'] === undefined, `the deletion failed: ${JSON.stringify(answer)}`);
    await processes.settled(deadlineMs);
    await this.#expectTree([sectionToDelete]);
    const { topic } = await this.#ownerLine('deleted', sectionToDelete);
    const lines = await processes.history(topic);
    checkRemovalOrder(section, lines, this.#ids);
    this.#tell(lines);
    const removed = withDescendants(section);
    this.#terminal.say(`${removed.length} nodes are gone: ${countedByClass(removed)}.`);
    this.#terminal.say('Every node went after the nodes that depend on it.');
  }

  async #deleteCards(): Promise<void> {
    const [own, foreign] = this.#shop.cards;
    must(own !== undefined && foreign !== undefined, 'the shop has fewer than two cards');
    this.#terminal.heading(`4. The user ${user} deletes the card ${own.id}, with its files.`);
    const { processes } = this.#setup;
    const startedMs = systemClock.now();
    const answer = await processes.request('mcards', 'delete', { id: own.id, owner: user });
    must(answer['error'] === undefined, `the card was not deleted: ${JSON.stringify(answer)}`);
    await processes.feed.waitFor({
      fits: ({ topic, line }) => topic === own.id && line['what'] === 'file removed',
      count: own.images.length,
      description: `the removal of the files of ${own.id}`,
      deadlineMs,
    });
    await processes.settled(deadlineMs);
    const lines = await processes.history(own.id);
    checkCardOrder(own, lines);
    this.#tell(lines.filter(({ atMs }) => atMs >= startedMs));
    await this.#refuseCard(foreign);
  }

  async #refuseCard({ id, owner }: ShopCard): Promise<void> {
    const answer = await this.#setup.processes.request('mcards', 'delete', { id, owner: user });
    must(
      errorIn(answer)['code'] === 403,
      `the deletion of ${id} should have been refused; the answer is ${JSON.stringify(answer)}`,
    );
    this.#terminal.say(`${user} may not delete ${id} of ${owner}, and gets the error 403.`);
  }

  async #killProcess(): Promise<void> {
    const machine = nodeNamed(this.#shop, machineToDelete);
    this.#terminal.heading(
      `5. A client deletes ${machineToDelete}; the process that decides is killed after the decision.`,
    );
    const { processes } = this.#setup;
    await processes.killAt(killedService, { kind: 'decision', service: killedService });
    const deletion = this.#delete(machineToDelete).catch(() => undefined);
    const signal = await processes.ended(killedService);
    const killedMs = systemClock.now();
    must(signal === 'SIGKILL', `the process should have ended by SIGKILL, not by ${signal}`);
    await processes.restart(killedService);
    const restartedMs = systemClock.now();
    const { topic } = await this.#ownerLine('deleted', machineToDelete);
    await deletion;
    await processes.settled(deadlineMs);
    const lines = await processes.history(topic);
    checkRemovalOrder(machine, lines, this.#ids);
    const decidedMs = decisionTime(lines) ?? Number.POSITIVE_INFINITY;
    const removedMs = [...removalTimes(lines).values()];
    must(
      decidedMs <= killedMs && removedMs.every((atMs) => atMs >= killedMs),
      'the process was not killed between the decision and the first removal',
    );
    this.#tell(lines, [
      { service: 'process', text: 'is KILLED with SIGKILL', atMs: killedMs },
      { service: 'process', text: 'has started again', atMs: restartedMs },
    ]);
  }

  async #checkEnd(): Promise<void> {
    this.#terminal.heading('6. The demo reads what is left.');
    const [deletedCard, ...remainingCards] = this.#shop.cards;
    must(deletedCard !== undefined, 'the shop has no card');
    const tree = this.#expectedTree([sectionToDelete, machineToDelete]);
    const removedFiles = this.#files.get(deletedCard.id) ?? [];
    const remainingFiles = remainingCards.flatMap(({ id }) => this.#files.get(id) ?? []);
    const { processes, imageFolder } = this.#setup;
    await checkFinalState(
      processes,
      imageFolder,
      { tree, deletedCard, remainingCards, removedFiles, remainingFiles },
      deadlineMs,
    );
    const owners = remainingCards.map(({ id, owner }) => `${id} of ${owner}`).join(', ');
    const facts = [
      `${tree.length} nodes are left, exactly the expected ones.`,
      `${remainingCards.length} cards are left: ${owners}.`,
      `${remainingFiles.length} image files are left; ${removedFiles.length} files have a receipt.`,
      `The transaction of ${deletedCard.id} is confirmed.`,
      'No frozen node, promise, outgoing message, open question, timer or dead letter is left.',
    ];
    for (const fact of facts) this.#terminal.say(fact);
  }

  async #burnToken(): Promise<void> {
    this.#terminal.heading(`7. The user ${user} deletes a card whose token is on a chain.`);
    const { chain } = this.#setup;
    const [like] = this.#shop.cards;
    if (chain === undefined || like === undefined)
      return this.#terminal.say('Skipped: the packages viem and @ethereumjs/vm are not installed.');
    const { token, lines, certificate } = await burnToken(this.#setup, chain, like);
    this.#tell(lines.filter(({ line }) => line['state'] !== 'PENDING'));
    const { hash, content } = certificate;
    this.#terminal.say(
      `The token ${token.id} is no longer on the chain, and the file has a receipt.`,
    );
    this.#terminal.say(
      `The certificate ${hash.slice(0, 12)}… with ${content.receipts.length} receipt is verified.`,
    );
  }

  #delete(cn: string): Promise<JsonObject> {
    const { processes } = this.#setup;
    const gateway = `${processes.entityOf(nodeNamed(this.#shop, cn).class)}_api_crud`;
    return processes.request(gateway, 'delete', { id: this.#ids.get(cn) ?? '' });
  }

  /** The line with which the owner of the saga over a node ended the saga. */
  #ownerLine(what: 'deleted' | 'called off', cn: string): Promise<HistoryLine> {
    const id = this.#ids.get(cn) ?? '';
    return this.#setup.processes.feed.waitFor({
      fits: ({ line }) =>
        line['what'] === what && line['role'] === 'root' && nodeIdsOf(line).includes(id),
      description: `the line '${what}' of ${cn}`,
      deadlineMs,
    });
  }

  /**
   * Prints the history with one sentence on each line, together with `events` of the demo, in the
   * order of time.
   */
  #tell(lines: readonly HistoryLine[], events: readonly Sentence[] = []): void {
    const names = new Map([...this.#ids].map(([cn, id]) => [id, cn]));
    const sentences = [...sentencesOf(lines, names), ...events].sort((a, b) => a.atMs - b.atMs);
    const startMs = sentences[0]?.atMs ?? 0;
    for (const { service, text, atMs } of sentences) {
      const time = `${atMs - startMs} ms`.padStart(8);
      this.#terminal.labelled(`${time}  ${service.padEnd(12)} `, text);
    }
  }

  #expectedTree(removed: readonly string[]): readonly string[] {
    const { processes } = this.#setup;
    return expectedTree(this.#shop, removed, (objectClass) => processes.entityOf(objectClass));
  }

  async #expectTree(removed: readonly string[]): Promise<void> {
    const expected = this.#expectedTree(removed);
    const found = await readTree(this.#setup.processes);
    must(
      JSON.stringify(found) === JSON.stringify(expected),
      `the tree is not as expected: found ${found.join('; ')}; expected ${expected.join('; ')}`,
    );
  }
}

function errorIn({ error }: JsonObject): JsonObject {
  return isJsonObject(error) ? error : {};
}
