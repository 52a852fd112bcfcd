/**
 * Files that rows of several services list, as tests: cards and nodes of two entities in one
 * database, with the package's own services. Run on memory, also with chains of turns in one commit,
 * on PGlite and on PostgreSQL.
 */
import { readFileSync } from 'node:fs';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Receipt } from '../../../actors/file-remover/store.ts';
import { sections } from '../../../actors/sections.ts';
import { certificateContent } from '../../../cli/certificate/content.ts';
import { deployedServices } from '../../../composition/deployed-services.ts';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import { fileFindings } from '../../../composition/file-findings.ts';
import { type OpenDeployment, openServices } from '../../../composition/open-deployment.ts';
import type { Client } from '../../../runtime/client.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { HistoryLine } from '../../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { noLog } from '../../../runtime/ports/log.ts';
import { projectRoot } from '../../support/project-root.ts';
import { assert, type SuiteOptions, suite } from '../../support/suite.ts';
import { configText } from '../consent/entity-configs.ts';

const remover = 'file_management_queue';
const names = ['objects_model_crud', 'tags_model_crud', 'mcards', 'file_remover'];
const publisher = JSON.parse(
  readFileSync(`${projectRoot}test/unit/docs/files/tags-publish.json`, 'utf8'),
) as JsonObject;
const atOnceRounds = 12;

const listing = (attribute: string) => (config: JsonObject) => ({
  ...config,
  publish: { ...(config['publish'] as JsonObject), ...publisher },
  hierarchy: { ...(config['hierarchy'] as JsonObject), must_be_deleted_files: [attribute] },
});
const changes = { tags_model_crud: listing('picture'), objects_model_crud: listing('plan') };

class SharedFiles {
  readonly #root: string;
  readonly #lines: HistoryLine[] = [];
  #seen: () => void = () => undefined;
  #deployment: OpenDeployment | undefined;
  #client: Client | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  static async open(databaseUrl: string, env: Readonly<Record<string, string>>) {
    const world = new SharedFiles(await mkdtemp(join(tmpdir(), 'shared-files-')));
    const settings = { FILE_REMOVER__ROOTS: JSON.stringify([world.#root]), ...env };
    const configs = names.map((name) =>
      parseExchangeConfig(configText(name, changes), {
        ...{ file: `${name}.json`, env: settings, sections },
      }),
    );
    world.#deployment = await openServices(deployedServices(configs), [], {
      ...{ databaseUrl, log: noLog, warn: () => undefined },
      onHistory: (lines) => {
        world.#lines.push(...lines);
        world.#seen();
      },
    });
    await world.#deployment.start();
    world.#client = await world.#deployment.client('test');
    return world;
  }

  get deployment(): OpenDeployment {
    if (this.#deployment === undefined) throw new Error('the world is not open');
    return this.#deployment;
  }

  async close(): Promise<void> {
    await this.#client?.close();
    await this.#deployment?.stop();
    await rm(this.#root, { recursive: true, force: true });
  }

  async file(name: string): Promise<string> {
    await writeFile(join(this.#root, name), 'content');
    return pathToFileURL(join(this.#root, name)).href;
  }

  async isThere(url: string): Promise<boolean> {
    return access(new URL(url)).then(
      () => true,
      () => false,
    );
  }

  /** The lines of the file with these words, once there are so many. */
  async told(url: string, what: string, count = 1): Promise<readonly HistoryLine[]> {
    const found = () =>
      this.#lines.filter(({ line }) => line['what'] === what && line['url'] === url);
    while (found().length < count)
      await new Promise<void>((resolve) => {
        this.#seen = resolve;
      });
    return found();
  }

  async #ask(exchange: string, routingKey: string, action: string, data: JsonObject) {
    const answer = await this.#client?.request({ exchange, routingKey }, { action, data });
    return answer as JsonObject;
  }

  card(action: string, data: JsonObject): Promise<JsonObject> {
    return this.#ask('mcards', 'mcards_consume', action, { owner: 'kim', ...data });
  }

  node(entity: 'tags' | 'objects', action: string, data: JsonObject): Promise<JsonObject> {
    return this.#ask(entity, `${entity}_model_crud_consume`, action, data);
  }

  async addCard(url: string): Promise<string> {
    const { id } = await this.card('create', { metadata: { must_be_deleted_files: [url] } });
    return String(id);
  }

  async addNode(entity: 'tags' | 'objects', attributes: JsonObject): Promise<string> {
    const { id, ...rest } = await this.node(entity, 'create', { attributes });
    assert.is(typeof id, 'string', JSON.stringify(rest));
    return String(id);
  }

  async receipts(url: string): Promise<readonly Receipt[]> {
    const { data } = await this.#ask(remover, remover, 'read', { url });
    return data as unknown as readonly Receipt[];
  }

  remove(url: string): Promise<JsonObject> {
    return this.#ask(remover, remover, 'remove', { url });
  }
}

type Place = {
  readonly url: string;
  /** Settings of the services. */
  readonly env?: Readonly<Record<string, string>>;
  readonly end?: () => Promise<void>;
};

/** `url`: of a database of the test's own. */
export function sharedFilesContract(
  kind: string,
  { url: databaseUrl, env = {}, end = async () => undefined }: Place,
  options: SuiteOptions = {},
): void {
  const test = suite(`shared files on ${kind}`, { deadlineMs: 60_000, ...options });
  let world: SharedFiles;
  test.before(async () => {
    world = await SharedFiles.open(databaseUrl, env);
  });
  test.after(() => world.close());

  test('a file of a card and a node stays with the node, and goes with the node', async () => {
    const url = await world.file('one');
    const [card, node] = [await world.addCard(url), await world.addNode('tags', { picture: url })];
    assert.equal(await world.card('delete', { id: card }), {});
    const [line] = await world.told(url, 'file kept');
    assert.equal([line?.topic, line?.line['note']], [card, `the node ${node} of tags_model_crud`]);
    assert.equal(await world.isThere(url), true);
    assert.equal(
      (await world.receipts(url)).map(({ state }) => state),
      ['kept'],
    );
    const { receipts } = certificateContent(card, await world.deployment.history(card), 0);
    assert.equal(
      receipts.map(({ outcome }) => outcome),
      ['kept'],
    );
    assert.equal(await world.node('tags', 'delete', { id: node }), {});
    await world.told(url, 'file removed');
    assert.equal(await world.isThere(url), false);
  });

  test('a file of a node and a card stays with the card, in any spelling', async () => {
    const url = await world.file('a(1)');
    const node = await world.addNode('tags', { picture: url });
    const card = await world.addCard(url.replace('(', '%28').replace(')', '%29'));
    assert.equal(await world.node('tags', 'delete', { id: node }), {});
    const [line] = await world.told(url, 'file kept');
    assert.is(line?.line['note'], 'a card');
    const why = await world.deployment.why(line?.topic ?? '');
    assert.match(JSON.stringify(why), /kept, because other rows list them/);
    assert.equal(await world.card('delete', { id: card }), {});
    assert.equal(await world.isThere(url), false);
  });

  test('a file of two entities goes with the last node', async () => {
    const url = await world.file('two');
    const tag = await world.addNode('tags', { picture: url });
    const object = await world.addNode('objects', { plan: url });
    assert.equal(await world.node('objects', 'delete', { id: object }), {});
    await world.told(url, 'file kept');
    assert.equal(await world.isThere(url), true);
    assert.equal(await world.node('tags', 'delete', { id: tag }), {});
    await world.told(url, 'file removed');
    assert.equal(await world.isThere(url), false);
  });

  test('of a card and a node that go at once, one takes the file along', async () => {
    for (let round = 0; round < atOnceRounds; round += 1) {
      const url = await world.file(`at-once-${round}`);
      const card = await world.addCard(url);
      const node = await world.addNode('tags', { picture: url });
      const answers = [
        world.card('delete', { id: card }),
        world.node('tags', 'delete', { id: node }),
      ];
      assert.equal(await Promise.all(answers), [{}, {}]);
      await world.told(url, 'file removed');
      assert.equal(await world.isThere(url), false);
    }
  });

  test('an attribute that lists no files keeps no file', async () => {
    const url = await world.file('told-of');
    const node = await world.addNode('tags', { picture: url });
    await world.addNode('tags', { description: url });
    assert.equal(await world.node('tags', 'delete', { id: node }), {});
    await world.told(url, 'file removed');
    assert.equal(await world.isThere(url), false);
  });

  test('a removal by somebody else is answered with the row, and no receipt is open', async () => {
    const url = await world.file('asked-for');
    const node = await world.addNode('objects', { plan: url });
    const by = `the node ${node} of objects_model_crud`;
    assert.equal(await world.remove(url), { kept: { by } });
    const times = { nowMs: systemClock.now() + 1_000, agedMs: 0 };
    const { open, lost } = await fileFindings(world.deployment.sources, times);
    const ours = [...open, ...lost].filter((found) => found.url === url);
    assert.equal(ours, []);
  });

  const windowed = suite(`shared files in quarantine on ${kind}`, {
    ...{ deadlineMs: 60_000, ...options },
  });
  windowed.before(async () => {
    const windows = { FILE_REMOVER__QUARANTINE_MS: '400', CARDS__UNDELETE_MS: '60000' };
    world = await SharedFiles.open(databaseUrl, { ...env, ...windows });
  });
  windowed.after(async () => {
    await world.close();
    await end();
  });

  windowed('a row that is added during the quarantine gets the file back', async () => {
    const url = await world.file('late');
    const card = await world.addCard(url);
    await world.card('delete', { id: card });
    assert.equal(await world.isThere(url), false);
    const node = await world.addNode('tags', { picture: url });
    await world.told(url, 'file kept');
    assert.equal(await world.isThere(url), true);
    await world.node('tags', 'delete', { id: node });
    await world.told(url, 'file removed');
    assert.equal(await world.isThere(url), false);
  });

  windowed('a card whose file was kept comes back, and no more when the file is gone', async () => {
    const url = await world.file('back');
    const node = await world.addNode('tags', { picture: url });
    const first = await world.addCard(url);
    assert.equal(await world.card('delete', { id: first }), {});
    const { id: second } = await world.card('undelete', { id: first });
    assert.equal([typeof second, await world.isThere(url)], ['string', true]);
    assert.equal(await world.card('delete', { id: String(second) }), {});
    await world.node('tags', 'delete', { id: node });
    await world.told(url, 'file removed');
    const { error } = await world.card('undelete', { id: String(second) });
    assert.is((error as JsonObject)['name'], 'gone');
  });

  test.run();
  windowed.run();
}
