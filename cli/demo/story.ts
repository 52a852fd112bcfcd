/**
 * The story in five steps. Each prints what happens and checks it; `final-state.ts` checks what is left at the end.
 *
 * 1. What is true is read through the services, from the record of the saga and from the disk, never assumed.
 * 2. Nothing waits for time to pass: for history lines, answers and the end of a process, each with a deadline.
 */
import { systemClock } from '../../runtime/ports/clock.ts';
import type { HistoryLine } from '../../runtime/ports/journal.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { ShopBuilder } from './build-shop.ts';
import { checkFinalState, readTree } from './final-state.ts';
import { type ImageFile, writeImages } from './image-folder.ts';
import { decisionOf, recordTable, removals } from './saga-record.ts';
import { nodeIdsOf } from './sentences.ts';
import {
  countedByClass,
  expectedTree,
  nodeNamed,
  nodesOf,
  readShop,
  type Shop,
  type ShopCard,
  type ShopNode,
  withDescendants,
} from './shop.ts';
import type { Theatre } from './theatre.ts';

const deadlineMs = 30_000;

/** Whom the demo acts for. */
const operator = 'ivanova';
const constantInUse = 'cutting-speed-steel';
const sectionToDelete = 'turning';
const machineToDelete = 'mill-2';

function must(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}

export class Story {
  readonly #theatre: Theatre;
  /** `cn` by id, for the narrator. */
  readonly #names: Map<string, string>;
  readonly #print: (text: string) => void;
  readonly #shop: Shop = readShop();
  readonly #ids = new Map<string, string>();
  readonly #files = new Map<string, readonly ImageFile[]>();

  constructor(theatre: Theatre, names: Map<string, string>, print: (text: string) => void) {
    this.#theatre = theatre;
    this.#names = names;
    this.#print = print;
  }

  async tell(): Promise<void> {
    this.#print(this.#theatre.setting);
    await this.#build();
    await this.#refuseConstant();
    await this.#deleteSection();
    await this.#deleteCards();
    await this.#dieBetween();
    await this.#checkEnd();
  }

  #chapter(number: number, title: string): void {
    this.#print(`\n${number}. ${title}`);
  }

  #say(text: string): void {
    this.#print(`  ${text}`);
  }

  async #build(): Promise<void> {
    this.#chapter(1, 'A metalworking shop is created by messages');
    const { stage } = this.#theatre;
    stage.prepareSpare();
    const builder = new ShopBuilder(stage, this.#ids);
    await builder.build(this.#shop);
    for (const [cn, id] of this.#ids) this.#names.set(id, cn);
    for (const card of this.#shop.cards) await this.#createCard(card);
    await this.#expectTree([]);
    const nodes = nodesOf(this.#shop);
    this.#say(`${nodes.length} nodes: ${countedByClass(nodes)}`);
    this.#say(
      `${this.#shop.cards.length} cards with ${[...this.#files.values()].flat().length} images in ${this.#theatre.imageFolder}`,
    );
  }

  async #createCard(card: ShopCard): Promise<void> {
    const files = writeImages(this.#theatre.imageFolder, card);
    this.#files.set(card.id, files);
    const { id, owner, transaction } = card;
    const metadata = { must_be_deleted_files: files.map(({ url }) => url) };
    const made = await this.#theatre.stage.request('transactions', 'create', {
      transaction,
      card: id,
    });
    const kept = await this.#theatre.stage.request('mcards', 'create', {
      id,
      owner,
      transaction,
      metadata,
    });
    must(
      made['id'] === transaction && kept['id'] === id,
      `the card ${id} could not be created: ${JSON.stringify([made, kept])}`,
    );
  }

  async #refuseConstant(): Promise<void> {
    this.#chapter(2, `The constant ${constantInUse} is to be deleted, and a method uses it`);
    const answer = await this.#delete(constantInUse);
    const error = answer['error'] as JsonObject | undefined;
    must(
      error?.['code'] === 409,
      `the deletion was to be refused; the answer is ${JSON.stringify(answer)}`,
    );
    this.#say(`refused (409): ${error['message']}`);
    await this.#theatre.stage.settled(deadlineMs);
    await this.#expectTree([]);
    this.#say('nothing has changed: all nodes are there, nothing is frozen, nothing is promised');
  }

  async #deleteSection(): Promise<void> {
    this.#chapter(
      3,
      `The section ${sectionToDelete} is deleted with everything that depends on it`,
    );
    const removed = this.#removed(sectionToDelete);
    const answer = await this.#delete(sectionToDelete);
    must(answer['error'] === undefined, `the deletion failed: ${JSON.stringify(answer)}`);
    await this.#theatre.stage.settled(deadlineMs);
    await this.#expectTree([sectionToDelete]);
    const lines = await this.#recordOf((await this.#removalOf(sectionToDelete)).topic);
    this.#checkOrder(nodeNamed(this.#shop, sectionToDelete), lines);
    this.#say(
      `${removed.length} nodes are gone (${countedByClass(removed)}), every dependant before what it depended on`,
    );
  }

  async #deleteCards(): Promise<void> {
    const [own, foreign] = this.#shop.cards as readonly [ShopCard, ShopCard, ShopCard];
    this.#chapter(4, `${operator} deletes the card ${own.id}, and tries ${foreign.id}`);
    const { stage } = this.#theatre;
    const answer = await stage.request('mcards', 'delete', { id: own.id, owner: operator });
    must(answer['error'] === undefined, `the card was not deleted: ${JSON.stringify(answer)}`);
    const isRemoval = ({ topic, line }: HistoryLine) =>
      topic === own.id && line['what'] === 'file removed';
    await stage.feed.nth(
      own.images.length,
      isRemoval,
      `the removal of the files of ${own.id}`,
      deadlineMs,
    );
    this.#checkCardOrder(own, await stage.history(own.id));
    const refused = (await stage.request('mcards', 'delete', { id: foreign.id, owner: operator }))[
      'error'
    ] as JsonObject | undefined;
    must(
      refused?.['code'] === 403,
      `the card of somebody else was to be refused; the answer is ${JSON.stringify(refused)}`,
    );
    this.#say(`refused (403): ${refused['message']}`);
  }

  async #dieBetween(): Promise<void> {
    this.#chapter(
      5,
      `${machineToDelete} is deleted, and the process is killed between the decision and the deletion`,
    );
    const { stage } = this.#theatre;
    const owner = 'objects_model_crud';
    await stage.dieAt(owner, { kind: 'decision', service: owner });
    const asked = this.#delete(machineToDelete).catch(() => undefined);
    const signal = await stage.ended(owner);
    const killedAtMs = systemClock.now();
    must(signal === 'SIGKILL', `the process was to die by SIGKILL, and died by ${signal}`);
    this.#say(
      'KILLED with SIGKILL: the decision is in the journal, and nothing has followed. Started again:',
    );
    await stage.restart(owner);
    const { topic } = await this.#removalOf(machineToDelete);
    await asked;
    await stage.settled(deadlineMs);
    const lines = await this.#recordOf(topic);
    const decidedAtMs = decisionOf(lines)?.atMs ?? Number.POSITIVE_INFINITY;
    const removedAtMs = [...removals(lines).values()];
    must(
      decidedAtMs <= killedAtMs && removedAtMs.every((atMs) => atMs >= killedAtMs),
      'the process was not killed between the decision and the deletion',
    );
    this.#checkOrder(nodeNamed(this.#shop, machineToDelete), lines);
    this.#say(
      `decided ${killedAtMs - decidedAtMs} ms before it was killed, first removal ${Math.min(...removedAtMs) - killedAtMs} ms after`,
    );
  }

  async #checkEnd(): Promise<void> {
    this.#print('\nWhat is left');
    const [deleted, ...left] = this.#shop.cards as readonly [ShopCard, ...ShopCard[]];
    const { stage, imageFolder } = this.#theatre;
    const tree = this.#expectedTree([sectionToDelete, machineToDelete]);
    const files = {
      removed: this.#files.get(deleted.id) ?? [],
      left: left.flatMap(({ id }) => this.#files.get(id) ?? []),
    };
    const summary = await checkFinalState({
      stage,
      imageFolder,
      tree,
      deleted,
      left,
      files,
      deadlineMs,
    });
    for (const line of summary) this.#say(line);
  }

  #delete(cn: string): Promise<JsonObject> {
    const service = `${this.#theatre.stage.entityOf(nodeNamed(this.#shop, cn).class)}_api_crud`;
    return this.#theatre.stage.request(service, 'delete', { id: this.#ids.get(cn) ?? '' });
  }

  #removed(cn: string): readonly ShopNode[] {
    return withDescendants(nodeNamed(this.#shop, cn));
  }

  /** The line with which its own saga removed it. */
  #removalOf(cn: string): Promise<HistoryLine> {
    const id = this.#ids.get(cn) ?? '';
    const isIt = ({ line }: HistoryLine) =>
      line['what'] === 'deleted' && line['role'] === 'root' && nodeIdsOf(line).includes(id);
    return this.#theatre.stage.feed.nth(1, isIt, `the deletion of ${cn}`, deadlineMs);
  }

  async #recordOf(saga: string): Promise<readonly HistoryLine[]> {
    const lines = await this.#theatre.stage.history(saga);
    this.#say(`the record of the saga ${saga}:`);
    for (const row of recordTable(lines)) this.#say(`  ${row}`);
    return lines;
  }

  /** Every node below `top` is removed, and none before what depends on it. */
  #checkOrder(top: ShopNode, lines: readonly HistoryLine[]): void {
    const removedAtMs = removals(lines);
    const atMs = ({ attributes: { cn } }: ShopNode): number => {
      const at = removedAtMs.get(this.#ids.get(cn) ?? '');
      must(at !== undefined, `the record has no removal of ${cn}`);
      return at;
    };
    for (const node of withDescendants(top)) {
      const early = (node.children ?? []).find((child) => atMs(child) > atMs(node));
      must(early === undefined, `${node.attributes.cn} was removed before ${early?.attributes.cn}`);
    }
  }

  /** State, then row, then files. */
  #checkCardOrder({ id, images }: ShopCard, lines: readonly HistoryLine[]): void {
    const times = (what: string): readonly number[] =>
      lines.filter(({ line }) => line['what'] === what).map(({ atMs }) => atMs);
    const [marked = Number.NaN] = times('card state');
    const [removed = Number.NaN] = times('card removed');
    const files = times('file removed');
    const inOrder =
      marked <= removed && files.every((atMs) => removed <= atMs) && files.length === images.length;
    must(
      inOrder,
      `the card ${id} did not go in the order state, row, files: ${JSON.stringify({ marked, removed, files })}`,
    );
  }

  #expectedTree(removed: readonly string[]): readonly string[] {
    return expectedTree(this.#shop, removed, (objectClass) =>
      this.#theatre.stage.entityOf(objectClass),
    );
  }

  async #expectTree(removed: readonly string[]): Promise<void> {
    const expected = this.#expectedTree(removed);
    const found = await readTree(this.#theatre.stage);
    must(
      JSON.stringify(found) === JSON.stringify(expected),
      `the tree is not as it must be: found ${found.join('; ')}; expected ${expected.join('; ')}`,
    );
  }
}
