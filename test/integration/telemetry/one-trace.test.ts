/**
 * One trace for one deletion: over HTTP, through an object, its tags and their alerts, to the removal
 * of the file that a tag names. In memory, with the exporter of the SDK that keeps spans.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sections } from '../../../actors/sections.ts';
import { deployedServices } from '../../../composition/deployed-services.ts';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import { type OpenDeployment, openServices } from '../../../composition/open-deployment.ts';
import { httpSettings } from '../../../config/http-settings.ts';
import { httpApp } from '../../../edge/http/server.ts';
import type { HistoryLine } from '../../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { noLog } from '../../../runtime/ports/log.ts';
import { projectRoot } from '../../support/project-root.ts';
import { assert, suite } from '../../support/suite.ts';
import { configText } from '../consent/entity-configs.ts';
import { type KeptSpans, keptSpans, pathTo, treeProblem } from './span-tree.ts';

const test = suite('one trace for one deletion', { deadlineMs: 60_000 });
const caller = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' };
const sampled = `00-${caller.trace}-${caller.span}-01`;
const publisher = JSON.parse(
  readFileSync(`${projectRoot}test/unit/docs/files/tags-publish.json`, 'utf8'),
) as JsonObject;

const withFiles = (config: JsonObject): JsonObject => ({
  ...config,
  publish: { ...(config['publish'] as JsonObject), ...publisher },
  hierarchy: { ...(config['hierarchy'] as JsonObject), must_be_deleted_files: ['picture'] },
});

const names = [
  'objects_api_crud',
  'objects_model_crud',
  'tags_model_crud',
  'tags_api_crud',
  'alerts_model_crud',
  'alerts_api_crud',
  'file_remover',
];

/** Without the spans of publishing. */
const wayToTheFile = [
  'DELETE /v1/objects/:id',
  'objects_api_crud process delete',
  'objects_model_crud process delete',
  'tags_model_crud process mayDelete',
  'alerts_model_crud process mayDelete',
  'tags_model_crud process vote',
  'objects_model_crud process vote',
  'tags_model_crud process deleting',
  'alerts_model_crud process deleting',
  'tags_model_crud process cleaned',
  'file_remover process remove',
  'file_remover activity file-remover.prepareFile',
  'file_remover take result',
  'file_remover activity file-remover.removeFile',
];

class World {
  readonly #root: string;
  readonly #deployment: OpenDeployment;
  readonly #app: ReturnType<typeof httpApp>;
  readonly #lines: HistoryLine[];

  constructor(
    root: string,
    deployment: OpenDeployment,
    app: ReturnType<typeof httpApp>,
    lines: HistoryLine[],
  ) {
    this.#root = root;
    this.#deployment = deployment;
    this.#app = app;
    this.#lines = lines;
  }

  static async open({ tracer }: Partial<KeptSpans>, fuse: boolean): Promise<World> {
    const root = await mkdtemp(join(tmpdir(), 'one-trace-'));
    const lines: HistoryLine[] = [];
    const configs = names.map((name) =>
      parseExchangeConfig(configText(name, { tags_model_crud: withFiles }), {
        file: `${name}.json`,
        env: {
          PROCESS__FUSE: String(fuse),
          ...(name === 'file_remover' ? { FILE_REMOVER__ROOTS: JSON.stringify([root]) } : {}),
        },
        sections,
      }),
    );
    const deployment = await openServices(deployedServices(configs), [], {
      databaseUrl: 'memory://',
      log: noLog,
      tracer,
      onHistory: (more) => lines.push(...more),
    });
    await deployment.start();
    const app = httpApp(deployment, httpSettings({}), noLog);
    return new World(root, deployment, app, lines);
  }

  async created(entity: string, attributes: JsonObject, parentId?: string): Promise<string> {
    const payload = { attributes, ...(parentId === undefined ? {} : { parentId }) };
    const reply = await this.#app.inject({ method: 'POST', url: `/v1/${entity}/`, payload });
    return String(reply.json<JsonObject>()['id']);
  }

  /** An object with two tags, each with an alert; one tag names a file. */
  async tree(name = 'pump'): Promise<string> {
    const path = join(this.#root, `${name}.png`);
    await writeFile(path, 'content');
    const object = await this.created('objects', { cn: name });
    const picture = { picture: pathToFileURL(path).href };
    for (const attributes of [{ cn: 'flow', ...picture }, { cn: 'heat' }]) {
      const tag = await this.created('tags', attributes, object);
      await this.created('alerts', { cn: `high ${attributes.cn}` }, tag);
    }
    return object;
  }

  delete(object: string, traceparent: string) {
    const headers = { traceparent, tracestate: 'congo=t61' };
    return this.#app.inject({ method: 'DELETE', url: `/v1/objects/${object}`, headers });
  }

  told(what: string): Promise<HistoryLine> {
    return new Promise((resolve) => {
      const found = () => this.#lines.find(({ line }) => line['what'] === what);
      const look = (): void => {
        const line = found();
        if (line === undefined) setImmediate(look);
        else resolve(line);
      };
      look();
    });
  }

  async stop(): Promise<void> {
    await this.#app.close();
    await this.#deployment.stop();
    await rm(this.#root, { recursive: true });
  }
}

for (const fuse of [false, true])
  test(`a deletion is one connected trace from the request to the file, fuse ${fuse}`, async () => {
    const spans = await keptSpans();
    const world = await World.open(spans, fuse);
    const object = await world.tree();
    spans.reset();
    assert.is((await world.delete(object, sampled)).statusCode, 200);
    const removed = await world.told('file removed');
    await world.stop();
    const ended = spans.ended();
    assert.is(treeProblem(ended, caller.span), undefined);
    assert.is(ended[0]?.trace, caller.trace);
    assert.is(removed.trace, caller.trace);
    const file = ended.find(({ name }) => name === 'activity file-remover.removeFile');
    assert.ok(file !== undefined, ended.map(({ name }) => name).join('\n'));
    const path = pathTo(file, ended).filter((name) => !name.startsWith('publish'));
    assert.equal(path, wayToTheFile);
  });

test('a trace that is not sampled goes through without spans, and a malformed one begins anew', async () => {
  const spans = await keptSpans();
  const world = await World.open(spans, false);
  const [first, second] = [await world.tree(), await world.tree('valve')];
  spans.reset();
  assert.is((await world.delete(first, `${sampled.slice(0, -2)}00`)).statusCode, 200);
  assert.is((await world.told('file removed')).trace, caller.trace);
  assert.equal(spans.ended(), []);
  assert.is((await world.delete(second, `${sampled}-x`)).statusCode, 200);
  await world.stop();
  assert.is(treeProblem(spans.ended(), ''), undefined);
  assert.not.equal(spans.ended()[0]?.trace, caller.trace);
});

test('without a tracer a context of a stranger is neither stored nor passed on', async () => {
  const world = await World.open({}, false);
  const object = await world.tree();
  assert.is((await world.delete(object, sampled)).statusCode, 200);
  assert.is((await world.told('file removed')).trace, undefined);
  await world.stop();
});

test.run();
