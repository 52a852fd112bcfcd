/** The names, variables, paths and ports in the files of `deploy/` are those of the code. */
import { existsSync, readFileSync } from 'node:fs';
import { parse, parseAllDocuments } from 'yaml';
import { packageServices } from '../../../composition/package-services.ts';
import { projectRoot } from '../../support/project-root.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('files for a deployment');

function text(name: string): string {
  return readFileSync(`${projectRoot}${name}`, 'utf8');
}

const services = new Set(packageServices().map(({ config }) => config.svcName));
const commands = text('docs/cli.md');
const variables = text('docs/config.md');
const manifest: { readonly bin: Readonly<Record<string, string>> } = JSON.parse(
  text('package.json'),
);

/** Whether the reference of the config has the variable; `<NAME>` in the reference is any name. */
function isVariable(name: string): boolean {
  const forms = [...variables.matchAll(/`([A-Z0-9_<>]+)`/g)].map(([, form = '']) => form);
  return forms.some((form) => new RegExp(`^${form.replaceAll(/<\w+>/g, '\\w+')}$`).test(name));
}

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly command?: readonly string[];
        readonly environment?: Readonly<Record<string, string>>;
        readonly ports?: readonly string[];
      }
    >
  >;
}

interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly livenessProbe: { readonly httpGet: { readonly path: string; readonly port: string } };
  readonly readinessProbe: { readonly httpGet: { readonly path: string; readonly port: string } };
}

interface Manifest {
  readonly kind: string;
  readonly spec: {
    readonly selector: object;
    readonly template?: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly Container[] };
    };
  };
}

const compose: Compose = parse(text('deploy/compose.yaml'), { merge: true });
const processes = Object.values(compose.services).filter(({ command }) => command !== undefined);
const kubernetes = parseAllDocuments(text('deploy/kubernetes.yaml')).map(
  (document): Manifest => document.toJS(),
);
const containers = kubernetes.flatMap(({ spec }) => spec.template?.spec.containers ?? []);
const dockerfile = text('deploy/Dockerfile');
const port = /HTTP__PORT=(\d+)/.exec(dockerfile)?.[1];

/** Fails for a command line that starts no services of the package. */
function checkStart([verb, ...names]: readonly string[]): void {
  assert.is(verb, 'start');
  assert.ok(names.length > 0);
  assert.equal(
    names.filter((name) => !services.has(name)),
    [],
  );
}

test('the processes start services of the package', () => {
  assert.is(processes.length, 3);
  assert.is(containers.length, 2);
  for (const { command = [] } of processes) checkStart(command);
  for (const { args } of containers) checkStart(args);
  assert.match(text('deploy/unanimous@.service'), /^ExecStart=.* unanimous start %i$/m);
  assert.match(text('deploy/unanimous@.service'), /^RestartPreventExitStatus=.*\b78$/m);
});

test('the variables are those of the config', () => {
  const given = processes.flatMap(({ environment = {} }) => Object.keys(environment));
  const inImage = [...dockerfile.matchAll(/\b([A-Z]+__\w+)=/g)].map(([, name = '']) => name);
  const named = [...text('deploy/kubernetes.yaml').matchAll(/\b[A-Z]+(?:__[A-Z0-9]+)+\b/g)];
  const all = [...given, ...inImage, ...named.map(([name]) => name)];
  assert.ok(all.includes('HTTP__HOST') && all.includes('DATABASE_URL'));
  assert.equal(
    all.filter((name) => !isVariable(name)),
    [],
  );
  assert.not(isVariable('HTTP__PROT'));
});

test('ports and probes fit the image', () => {
  assert.match(dockerfile, new RegExp(`^EXPOSE ${port}$`, 'm'));
  for (const { ports, livenessProbe, readinessProbe } of containers) {
    assert.equal(
      ports.map(({ containerPort }) => String(containerPort)),
      [port],
    );
    assert.equal([livenessProbe.httpGet.path, readinessProbe.httpGet.path], ['/livez', '/readyz']);
    assert.is(livenessProbe.httpGet.port, ports[0]?.name);
  }
  const published = processes.flatMap(({ ports = [] }) => ports);
  assert.equal(
    published.map((one) => one.split(':').at(-1)),
    [port],
  );
  const { scrape_configs: scrapes } = parse(text('deploy/prometheus.yaml'));
  const names = Object.keys(compose.services);
  for (const target of scrapes[0].static_configs[0].targets) {
    const [name = '', targetPort] = target.split(':');
    assert.ok(names.includes(name), target);
    assert.is(targetPort, port);
  }
});

test('the image has the command, and copies files that are there', () => {
  const entry = /ENTRYPOINT \["node", "([^"]+)"\]/.exec(dockerfile)?.[1];
  assert.is(entry, manifest.bin['unanimous']);
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
    paths.split(' '),
  );
  assert.ok(copied.includes('package-lock.json'));
  assert.equal(
    copied.filter((path) => !existsSync(`${projectRoot}${path}`)),
    [],
  );
});

test('the commands in the alerts are commands', () => {
  const rules = text('deploy/alert-rules.yaml');
  const named = [...rules.matchAll(/unanimous ((?:sagas?|why|dead-letters)(?: [a-z]+)?)/g)];
  assert.ok(named.length >= 4);
  for (const [, command] of named)
    assert.ok(commands.includes(`## \`unanimous ${command}\``), command);
});

test.run();
